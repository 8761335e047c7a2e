package io.dlrouter.core.plugin;

/** What others wrote: strategies, listeners, providers. There is one rule for which of its faults are endured. */
public final class ForeignCode {
    private ForeignCode() {}

    /**
     * The fault, for who catches it to report; all are endured, checked or not, but for those that say that the virtual
     * machine fails. A stack that overflowed does not: it is free again.
     */
    public static Throwable endured(Throwable fault) {
        if (fault instanceof VirtualMachineError failure && !(fault instanceof StackOverflowError)) {
            throw failure;
        }
        return fault;
    }
}
