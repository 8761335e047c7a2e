package io.dlrouter.core.fleet;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The description of a node at one moment, without health and counts. Immutable.
 *
 * @param spec as registered, corrected by the engine's description
 * @param origin who registered the node
 * @param models the models it serves
 * @param waiting whether the engine reports that it does not serve yet
 * @param undescribed whether the engine's description has not been read yet
 * @param description the engine's description as last read; null if there is none
 * @param objection why the engine cannot be used; null if it can
 * @param unreported registered models that the engine does not report
 * @param incarnation the number of the engine process at this address
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

    /** The node after a new registration: possibly another engine process, neither draining nor objected to. */
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

    /** The node after its engine's description was requested. */
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
