package io.dlrouter.core.fleet;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node is at one moment, apart from its health and its counts. Immutable: a change makes another view.
 *
 * @param spec as registered, with what the engine's description corrects
 * @param origin who named the node
 * @param models that it serves
 * @param waiting whether the engine responds that it does not serve yet
 * @param undescribed whether the engine's description is still to be read
 * @param description the engine's own, as last read; null if there is none
 * @param objection why the engine is of no use as it is; null if it is of use
 * @param unreported models that it is registered with and does not report
 * @param incarnation which one of the engines that were at its address, one after the other, this is
 * @param gone whether it was removed from the table
 */
record NodeView(
        NodeSpec spec,
        Origin origin,
        List<ModelCard> models,
        boolean waiting,
        boolean draining,
        boolean undescribed,
        @Nullable String description,
        @Nullable String objection,
        List<String> unreported,
        int incarnation,
        boolean gone) {

    static NodeView of(NodeSpec spec, Origin origin, List<ModelCard> models, boolean undescribed) {
        return new NodeView(spec, origin, models, false, false, undescribed, null, null, List.of(), 0, false);
    }

    NodeState state(boolean ejected) {
        if (draining) {
            return NodeState.DRAINING;
        }
        if (ejected) {
            return NodeState.EJECTED;
        }
        return waiting || models.isEmpty() || undescribed || objection != null ? NodeState.STARTING : NodeState.READY;
    }

    /** The node registered anew: maybe another engine, which drains no more and to which nothing is objected. */
    NodeView renewed(NodeSpec newSpec, Origin newOrigin) {
        return new NodeView(
                newSpec,
                origin.or(newOrigin),
                models,
                waiting,
                false,
                undescribed,
                description,
                null,
                unreported,
                incarnation + 1,
                gone);
    }

    NodeView nextIncarnation() {
        return new NodeView(
                spec,
                origin,
                models,
                waiting,
                draining,
                undescribed,
                description,
                objection,
                unreported,
                incarnation + 1,
                gone);
    }

    NodeView withGone() {
        return new NodeView(
                spec,
                origin,
                models,
                waiting,
                draining,
                undescribed,
                description,
                objection,
                unreported,
                incarnation,
                true);
    }

    NodeView withModels(List<ModelCard> newModels) {
        return new NodeView(
                spec,
                origin,
                newModels,
                waiting,
                draining,
                undescribed,
                description,
                objection,
                unreported,
                incarnation,
                gone);
    }

    NodeView withUnreported(List<String> names) {
        return new NodeView(
                spec, origin, models, waiting, draining, undescribed, description, objection, names, incarnation, gone);
    }

    NodeView withWaiting(boolean nowWaiting) {
        return new NodeView(
                spec,
                origin,
                models,
                nowWaiting,
                draining,
                undescribed,
                description,
                objection,
                unreported,
                incarnation,
                gone);
    }

    NodeView withDraining() {
        return new NodeView(
                spec,
                origin,
                models,
                waiting,
                true,
                undescribed,
                description,
                objection,
                unreported,
                incarnation,
                gone);
    }

    /** The engine was asked for its description. */
    NodeView withoutUndescribed() {
        return new NodeView(
                spec, origin, models, waiting, draining, false, description, objection, unreported, incarnation, gone);
    }

    NodeView described(NodeSpec corrected, String newDescription) {
        return new NodeView(
                corrected,
                origin,
                models,
                waiting,
                draining,
                undescribed,
                newDescription,
                null,
                unreported,
                incarnation,
                gone);
    }

    NodeView describedWithObjection(@Nullable String newDescription, @Nullable String reason) {
        return new NodeView(
                spec,
                origin,
                models,
                waiting,
                draining,
                undescribed,
                newDescription,
                reason,
                unreported,
                incarnation,
                gone);
    }

    NodeView withObjection(String reason) {
        return describedWithObjection(description, reason);
    }
}
