package io.dlrouter;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a node says of one model in its {@code /v1/models}; what it does not say is empty.
 *
 * @param id the name that requests give as {@code model}
 * @param created seconds since the epoch
 * @param ownedBy who serves it
 * @param root the model or path it is made from
 * @param parent the base model of an adapter
 * @param maxModelLen the longest context, in tokens
 * @param json the card as the node sent it, a JSON object, unknown members included; empty if no node sent one
 */
public record ModelCard(
        String id,
        OptionalLong created,
        Optional<String> ownedBy,
        Optional<String> root,
        Optional<String> parent,
        OptionalLong maxModelLen,
        Optional<String> json) {

    /** A card that no node sent as JSON. */
    public ModelCard(
            String id,
            OptionalLong created,
            Optional<String> ownedBy,
            Optional<String> root,
            Optional<String> parent,
            OptionalLong maxModelLen) {
        this(id, created, ownedBy, root, parent, maxModelLen, Optional.empty());
    }

    /** A card of which only the name is known. */
    public static ModelCard named(String id) {
        return new ModelCard(
                id, OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty());
    }
}
