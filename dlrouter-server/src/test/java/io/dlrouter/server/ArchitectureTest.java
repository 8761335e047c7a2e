package io.dlrouter.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** How the modules may depend on each other, seen from the one that sees them all. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.dlrouter");

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
