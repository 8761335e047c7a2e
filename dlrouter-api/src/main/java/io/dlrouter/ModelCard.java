package io.dlrouter;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A model in a node's {@code /v1/models}; members that the node does not report are empty.
 *
 * @param id the name that requests give as {@code model}
 * @param created seconds since the epoch
 * @param ownedBy the owner
 * @param root the model or path that it is derived from
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

    /** A card with nothing but a name. */
    public static ModelCard named(String id) {
        return new ModelCard(
                id, OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty());
    }
}
