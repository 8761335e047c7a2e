package io.dlrouter.benchmark;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A Markdown table on standard output, written row by row. */
final class Table {
    Table(Object... columns) {
        row(columns);
        row(Arrays.stream(columns).map(column -> "---:").toArray());
    }

    void row(Object... cells) {
        System.out.println(Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |")));
    }
}
