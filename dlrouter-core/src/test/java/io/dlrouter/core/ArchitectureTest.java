package io.dlrouter.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.dlrouter.Router;
import java.net.URL;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How the packages and classes of api and core depend on each other. */
class ArchitectureTest {
    private static final int MAX_TYPES = 21;

    private static final JavaClasses CLASSES =
            new ClassFileImporter().importUrls(List.of(locationOf(Router.class), locationOf(RouterBuilder.class)));

    /** The directory or the jar that a class of a module comes from: no tests, and nothing of others. */
    private static URL locationOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    /** A layer may use the layers that it names, and no other. The api is open to all. */
    @Test
    void layers_useOnlyThoseBelow() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.dlrouter.core..")
                .layer("assembly")
                .definedBy("io.dlrouter.core")
                .layer("dual dispatch")
                .definedBy("io.dlrouter.core.pd.dual")
                .layer("two-stage")
                .definedBy("io.dlrouter.core.pd.twostage")
                .layer("pd")
                .definedBy("io.dlrouter.core.pd")
                .layer("serve")
                .definedBy("io.dlrouter.core.serve")
                .layer("membership")
                .definedBy("io.dlrouter.core.membership")
                .layer("fleet")
                .definedBy("io.dlrouter.core.fleet")
                .layer("request")
                .definedBy("io.dlrouter.core.request")
                .layer("observe")
                .definedBy("io.dlrouter.core.observe")
                .layer("http")
                .definedBy("io.dlrouter.core.http")
                .layer("strategy")
                .definedBy("io.dlrouter.core.strategy")
                .layer("plugin")
                .definedBy("io.dlrouter.core.plugin")
                .layer("openai")
                .definedBy("io.dlrouter.core.openai")
                .layer("sse")
                .definedBy("io.dlrouter.core.sse")
                .layer("json")
                .definedBy("io.dlrouter.core.json")
                .layer("runtime")
                .definedBy("io.dlrouter.core.runtime")
                .whereLayer("assembly")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("dual dispatch")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("two-stage")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("pd")
                .mayOnlyBeAccessedByLayers("assembly", "dual dispatch", "two-stage")
                .whereLayer("serve")
                .mayOnlyBeAccessedByLayers("assembly", "dual dispatch", "two-stage", "pd")
                .whereLayer("membership")
                .mayOnlyBeAccessedByLayers("assembly")
                .whereLayer("fleet")
                .mayOnlyBeAccessedByLayers("assembly", "dual dispatch", "two-stage", "pd", "serve", "membership")
                .whereLayer("request")
                .mayOnlyBeAccessedByLayers("assembly", "dual dispatch", "two-stage", "pd", "serve", "fleet")
                .whereLayer("observe")
                .mayOnlyBeAccessedByLayers(
                        "assembly", "dual dispatch", "two-stage", "pd", "serve", "membership", "fleet", "request")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers(
                        "assembly",
                        "dual dispatch",
                        "two-stage",
                        "pd",
                        "serve",
                        "membership",
                        "fleet",
                        "request",
                        "observe")
                .whereLayer("strategy")
                .mayOnlyBeAccessedByLayers("assembly", "fleet")
                .whereLayer("runtime")
                .mayNotAccessAnyLayer()
                .whereLayer("sse")
                .mayNotAccessAnyLayer()
                .whereLayer("json")
                .mayNotAccessAnyLayer()
                .whereLayer("openai")
                .mayOnlyAccessLayers("json")
                .whereLayer("strategy")
                .mayOnlyAccessLayers("plugin", "json")
                .ensureAllClassesAreContainedInArchitectureIgnoring("io.dlrouter", "io.dlrouter.spi..")
                .check(CLASSES);
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching("io.dlrouter.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void topLevelClasses_haveNoCycles() {
        slices().assignedFrom(new TopLevelClasses()).should().beFreeOfCycles().check(CLASSES);
    }

    /** Each top-level class of core with its nested classes. */
    private static final class TopLevelClasses implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getName();
            int nested = name.indexOf('$');
            return name.startsWith("io.dlrouter.core.")
                    ? SliceIdentifier.of(nested < 0 ? name : name.substring(0, nested))
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "top-level classes of core";
        }
    }

    @Test
    void packages_areSmall() {
        Map<String, Long> types = CLASSES.stream()
                .filter(type -> type.isTopLevelClass()
                        && !type.getSimpleName().equals("package-info")
                        && type.getPackageName().startsWith("io.dlrouter.core"))
                .collect(groupingBy(JavaClass::getPackageName, counting()));

        assertThat(types).allSatisfy((name, count) -> assertThat(count).isLessThanOrEqualTo(MAX_TYPES));
    }

    @Test
    void core_showsOnlyItsBuilderAndWhatValuesLookLike() {
        classes()
                .that()
                .resideInAPackage("io.dlrouter.core")
                .and()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .should()
                .be(RouterBuilder.class)
                .orShould()
                .be(ConfigValue.class)
                .check(CLASSES);
    }

    @Test
    void api_dependsOnNothing() {
        classes()
                .that()
                .resideInAnyPackage("io.dlrouter", "io.dlrouter.spi..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.dlrouter", "io.dlrouter.spi..", "java..", "org.jspecify..")
                .check(CLASSES);
    }
}
