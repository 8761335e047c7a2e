package io.dlrouter.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The figures of strategies in columns, to look at or to compute with. */
final class ReportTable {
    private static final String FIRST = "strategy";

    private final List<Column> columns;
    private final List<ReportRow> rows;

    ReportTable(List<Column> columns, List<ReportRow> rows) {
        this.columns = List.copyOf(columns);
        this.rows = List.copyOf(rows);
    }

    /**
     * A column of numbers.
     *
     * @param heading to look at
     * @param name to compute with
     * @param digits behind the point, to look at
     */
    record Column(String heading, String name, int digits, ToDoubleFunction<ReportRow> value) {

        String rounded(ReportRow row) {
            return String.format(Locale.ROOT, "%." + digits + "f", value.applyAsDouble(row));
        }

        String exact(ReportRow row) {
            return Double.toString(value.applyAsDouble(row));
        }
    }

    String markdown() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(line(FIRST, columns.stream().map(Column::heading)));
        rows.forEach(row -> lines.add(line(row.strategy(), columns.stream().map(column -> column.rounded(row)))));
        List<Integer> widths = widths(lines);
        StringBuilder table = new StringBuilder();
        table.append(aligned(lines.get(0), widths)).append(rule(widths));
        lines.subList(1, lines.size()).forEach(line -> table.append(aligned(line, widths)));
        return table.toString();
    }

    private static List<String> line(String first, Stream<String> others) {
        return Stream.concat(Stream.of(first), others).toList();
    }

    private List<Integer> widths(List<List<String>> lines) {
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i <= columns.size(); i++) {
            int column = i;
            widths.add(lines.stream()
                    .mapToInt(line -> line.get(column).length())
                    .max()
                    .orElse(0));
        }
        return widths;
    }

    /** Names to the left, numbers to the right. */
    private static String aligned(List<String> line, List<Integer> widths) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < line.size(); i++) {
            String blank = " ".repeat(widths.get(i) - line.get(i).length());
            text.append("| ")
                    .append(i == 0 ? line.get(i) + blank : blank + line.get(i))
                    .append(' ');
        }
        return text.append("|\n").toString();
    }

    private static String rule(List<Integer> widths) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < widths.size(); i++) {
            String dashes = "-".repeat(widths.get(i) + 1);
            text.append('|').append(i == 0 ? dashes + "-" : dashes + ":");
        }
        return text.append("|\n").toString();
    }

    String csv() {
        Stream<String> head = Stream.of(joined(FIRST, columns.stream().map(Column::name)));
        Stream<String> body = rows.stream()
                .map(row -> joined(quoted(row.strategy()), columns.stream().map(column -> column.exact(row))));
        return Stream.concat(head, body).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String joined(String first, Stream<String> others) {
        return String.join(",", line(first, others));
    }

    private static String quoted(String text) {
        return text.matches("[\\w.-]+") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
