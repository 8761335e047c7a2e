package io.dlrouter.benchmark;

import java.util.Collection;
import java.util.Locale;

/** The figures that a run found, some with a target, as a table; and whether all targets were met. */
final class Figures {
    private final Table table = new Table("what", "figure", "target", "met");
    private boolean met = true;

    void figure(String what, Object figure) {
        table.row(what, figure, "", "");
    }

    void target(String what, Object figure, String target, boolean isMet) {
        table.row(what, figure, target, isMet ? "yes" : "NO");
        met &= isMet;
    }

    void none(String what, long count) {
        target(what, count, "0", count == 0);
    }

    /** A part of a whole, which is to be less than so many per cent. */
    void shareBelow(String what, long part, long whole, double percent) {
        target(what, share(part, whole), "< " + percent + " %", part * 100.0 < whole * percent);
    }

    static String share(long part, long whole) {
        return String.format(Locale.ROOT, "%d of %d, %.3f %%", part, whole, whole == 0 ? 0 : 100.0 * part / whole);
    }

    /** How many of these ended how. */
    void endings(Collection<Outcome> outcomes) {
        figure("requests", outcomes.size());
        Outcome.texts(outcomes).forEach(this::figure);
        figure("whole answers, p50 / p99 / max, ms", Outcome.millis(outcomes, outcome -> outcome.is(Ending.WHOLE)));
    }

    boolean met() {
        return met;
    }
}
