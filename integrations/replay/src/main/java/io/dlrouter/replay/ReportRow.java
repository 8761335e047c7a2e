package io.dlrouter.replay;

/**
 * What came of a trace with one strategy.
 *
 * @param strategy by its name
 * @param decisions what the decisions took, in microseconds of the real clock
 */
record ReportRow(String strategy, Figures figures, Distribution decisions) {}
