package io.dlrouter.replay;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * A logarithmic scale of whole decades.
 *
 * @param from the power of ten at its beginning
 * @param to the power of ten at its end
 */
record Scale(int from, int to) {

    /** The shortest on which these have a place. */
    static Scale over(double least, double most) {
        int from = (int) Math.floor(Math.log10(least));
        return new Scale(from, Math.max(from + 1, (int) Math.ceil(Math.log10(most))));
    }

    /** The place of a number, from 0 to 1. */
    double place(double number) {
        return Math.min(1, Math.max(0, (Math.log10(number) - from) / (to - from)));
    }

    /** The powers of ten. */
    List<Double> decades() {
        List<Double> decades = new ArrayList<>();
        for (int power = from; power <= to; power++) {
            decades.add(Math.pow(10, power));
        }
        return decades;
    }

    /** A number as one writes it: 0.01, 2, 1000. */
    static String text(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
}
