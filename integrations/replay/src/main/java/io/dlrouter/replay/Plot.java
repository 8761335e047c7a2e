package io.dlrouter.replay;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The distribution functions of the times to first token as an SVG image: which part of the requests, upwards, had its
 * first token within which time, to the right.
 */
final class Plot {
    private static final int LEFT = 64;
    private static final int TOP = 24;
    private static final int WIDTH = 640;
    private static final int HEIGHT = 360;
    private static final int LINE_HEIGHT = 20;
    private static final int POINTS = 400;

    /** Colours that those who see few can tell apart (Okabe and Ito). */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000");

    private final List<ReportRow> rows;
    private final double limit;
    private final Scale scale;
    private final StringBuilder svg = new StringBuilder();

    /** @param limit in seconds, which is marked */
    Plot(List<ReportRow> rows, double limit) {
        this.rows = rows;
        this.limit = limit;
        this.scale = Scale.over(extreme(0.01, Math::min), extreme(1, Math::max));
    }

    private double extreme(double part, DoubleBinaryOperator which) {
        return rows.stream()
                .mapToDouble(row -> row.figures().firstBytes().quantile(part))
                .reduce(limit, which);
    }

    String svg() {
        int height = TOP + HEIGHT + 56 + rows.size() * LINE_HEIGHT;
        add(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='13'>",
                LEFT + WIDTH + 24, height);
        add("<rect width='100%%' height='100%%' fill='white'/>");
        drawGrid();
        IntStream.range(0, rows.size()).forEach(this::drawCurve);
        add("</svg>");
        return svg.toString();
    }

    private void drawGrid() {
        for (int percent = 0; percent <= 100; percent += 25) {
            double y = y(percent / 100.0);
            add("<path d='M%d %.1fh%d' stroke='#ddd'/>", LEFT, y, WIDTH);
            add("<text x='%d' y='%.1f' text-anchor='end'>%d %%</text>", LEFT - 8, y + 4, percent);
        }
        for (double decade : scale.decades()) {
            add("<path d='M%.1f %dv%d' stroke='#ddd'/>", x(decade), TOP, HEIGHT);
            add(
                    "<text x='%.1f' y='%d' text-anchor='middle'>%s s</text>",
                    x(decade), TOP + HEIGHT + 20, Scale.text(decade));
        }
        add("<path d='M%.1f %dv%d' stroke='#888' stroke-dasharray='4 4'/>", x(limit), TOP, HEIGHT);
        add("<text x='%d' y='%d' text-anchor='middle'>time to first token</text>", LEFT + WIDTH / 2, TOP + HEIGHT + 40);
    }

    private void drawCurve(int index) {
        ReportRow row = rows.get(index);
        String stroke = "stroke='" + COLOURS.get(index % COLOURS.size()) + "' stroke-width='2'"
                + (index < COLOURS.size() ? "" : " stroke-dasharray='6 3'");
        add("<polyline points='%s' fill='none' %s/>", points(row.figures().firstBytes()), stroke);
        int y = TOP + HEIGHT + 64 + index * LINE_HEIGHT;
        add("<path d='M%d %dh28' %s/>", LEFT, y - 4, stroke);
        add("<text x='%d' y='%d'>%s</text>", LEFT + 36, y, escaped(row.strategy()));
    }

    private String points(Distribution firstBytes) {
        return IntStream.rangeClosed(1, POINTS)
                .mapToDouble(i -> i / (double) POINTS)
                .mapToObj(part -> String.format(Locale.ROOT, "%.1f,%.1f", x(firstBytes.quantile(part)), y(part)))
                .collect(Collectors.joining(" "));
    }

    private double x(double seconds) {
        return LEFT + WIDTH * scale.place(seconds);
    }

    private static double y(double part) {
        return TOP + HEIGHT * (1 - part);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
