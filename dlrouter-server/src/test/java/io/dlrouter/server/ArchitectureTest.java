package io.dlrouter.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.dlrouter.Router;
import io.dlrouter.backend.lmdeploy.LmdeployBackend;
import io.dlrouter.backend.sglang.SglangBackend;
import io.dlrouter.backend.vllm.VllmBackend;
import io.dlrouter.core.RouterBuilder;
import java.net.URL;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the modules may depend on each other, seen from the one that sees them all. */
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
    void server_showsOnlyWhatIsStartedOrLoadedByName() {
        classes()
                .that()
                .resideInAPackage("io.dlrouter.server")
                .and()
                .areTopLevelClasses()
                .and()
                .arePublic()
                .should()
                .be(Main.class)
                .orShould()
                .be(LogConfigurator.class)
                .check(CLASSES);
    }
}
