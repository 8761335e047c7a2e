package io.dlrouter.core.plugin;

/** The rule for exceptions of plug-ins: strategies, listeners, providers. */
public final class ForeignCode {
    private ForeignCode() {}

    /**
     * The exception, to be reported by the caller; rethrows failures of the virtual machine. A stack overflow is not
     * one of them, because the stack is free again.
     */
    public static Throwable endured(Throwable fault) {
        if (fault instanceof VirtualMachineError failure && !(fault instanceof StackOverflowError)) {
            throw failure;
        }
        return fault;
    }
}
