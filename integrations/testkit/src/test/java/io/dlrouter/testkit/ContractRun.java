package io.dlrouter.testkit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** A run of a contract by JUnit. */
final class ContractRun {
    private ContractRun() {}

    /** The names of the tests that fail in this class. */
    static Set<String> failures(Class<?> subject) {
        return failures(selectClass(subject));
    }

    /** Whether this test of the class fails. */
    static boolean fails(Class<?> subject, String test) {
        return failures(selectMethod(subject, test)).contains(test);
    }

    private static Set<String> failures(DiscoverySelector tests) {
        EngineExecutionResults results =
                EngineTestKit.engine("junit-jupiter").selectors(tests).execute();
        results.testEvents().assertThatEvents().isNotEmpty();
        return results.testEvents().failed().stream().map(ContractRun::name).collect(Collectors.toSet());
    }

    /** The names of the tests of a contract. */
    static Set<String> tests(Class<?> contract) {
        return Arrays.stream(contract.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .collect(Collectors.toSet());
    }

    private static String name(Event event) {
        return event.getTestDescriptor().getLegacyReportingName().replace("()", "");
    }
}
