package io.dlrouter.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.dlrouter.Router;
import io.dlrouter.backend.lmdeploy.LmdeployBackend;
import io.dlrouter.backend.sglang.SglangBackend;
import io.dlrouter.backend.vllm.VllmBackend;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.server.log.LogConfigurator;
import java.net.URL;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the modules may depend on each other, and the packages and classes of the server. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importUrls(Stream.of(
                            Router.class,
                            RouterBuilder.class,
                            LmdeployBackend.class,
                            SglangBackend.class,
                            VllmBackend.class,
                            Main.class)
                    .map(ArchitectureTest::placeOf)
                    .toList());
    private static final JavaClasses SERVER = new ClassFileImporter().importUrls(List.of(placeOf(Main.class)));

    /** The directory or the jar that a class of a module comes from: no tests, and nothing of others. */
    private static URL placeOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Test
    void backends_seeOnlyTheApi() {
        noClasses()
                .that()
                .resideInAPackage("io.dlrouter.backend..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.dlrouter.core..", "io.dlrouter.server..")
                .check(CLASSES);
    }

    @Test
    void core_seesNoBackendAndNoServer() {
        noClasses()
                .that()
                .resideInAPackage("io.dlrouter.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.dlrouter.backend..", "io.dlrouter.server..")
                .check(CLASSES);
    }

    @Test
    void serverPackages_areLayered() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("server")
                .definedBy("io.dlrouter.server")
                .layer("options")
                .definedBy("io.dlrouter.server.options")
                .layer("replay")
                .definedBy("io.dlrouter.server.replay")
                .layer("nodes")
                .definedBy("io.dlrouter.server.nodes")
                .layer("inference")
                .definedBy("io.dlrouter.server.inference")
                .layer("http")
                .definedBy("io.dlrouter.server.http")
                .layer("metrics")
                .definedBy("io.dlrouter.server.metrics")
                .layer("log")
                .definedBy("io.dlrouter.server.log")
                .layer("tls")
                .definedBy("io.dlrouter.server.tls")
                .whereLayer("server")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("replay")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("nodes")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("inference")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("options")
                .mayOnlyBeAccessedByLayers("server", "replay")
                .whereLayer("tls")
                .mayOnlyBeAccessedByLayers("options")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("server", "options", "nodes", "inference")
                .whereLayer("metrics")
                .mayOnlyBeAccessedByLayers("server", "options", "inference")
                .whereLayer("log")
                .mayOnlyBeAccessedByLayers("options", "metrics")
                .check(SERVER);
    }

    @Test
    void serverPackages_haveNoCycles() {
        slices().assignedFrom(by("package", JavaClass::getPackageName))
                .should()
                .beFreeOfCycles()
                .check(SERVER);
    }

    @Test
    void serverClasses_haveNoCycles() {
        slices().assignedFrom(by("top-level class", ArchitectureTest::topLevel))
                .should()
                .beFreeOfCycles()
                .check(SERVER);
    }

    private static String topLevel(JavaClass type) {
        return type.getName().replaceFirst("\\$.*", "");
    }

    private static SliceAssignment by(String what, Function<JavaClass, String> key) {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return type.getPackageName().startsWith("io.dlrouter.server")
                        ? SliceIdentifier.of(key.apply(type))
                        : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "each " + what;
            }
        };
    }

    @Test
    void publicServerClass_isStartedOrLoadedByNameOrUsedByAnotherPackage() {
        classes()
                .that()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .and()
                .doNotBelongToAnyOf(Main.class, LogConfigurator.class)
                .should(beUsedByAnotherPackage())
                .check(SERVER);
    }

    private static ArchCondition<JavaClass> beUsedByAnotherPackage() {
        return new ArchCondition<>("be used by another package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean used = SERVER.stream()
                        .filter(part -> topLevel(part).equals(type.getName()))
                        .flatMap(part -> part.getDirectDependenciesToSelf().stream())
                        .anyMatch(
                                user -> !user.getOriginClass().getPackageName().equals(type.getPackageName()));
                events.add(new SimpleConditionEvent(type, used, type.getName() + " is public"));
            }
        };
    }
}
