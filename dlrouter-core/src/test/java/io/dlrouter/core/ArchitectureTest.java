package io.dlrouter.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.dlrouter.Router;
import io.dlrouter.core.strategy.LatencyWindow;
import java.net.URL;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the modules promise of how they depend on each other. */
class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter().importUrls(List.of(placeOf(Router.class), placeOf(RouterBuilder.class)));

    /** The directory or the jar that a class of a module comes from: no tests, and nothing of others. */
    private static URL placeOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Test
    void okHttp_isKnownToTheInterceptor() {
        noClasses()
                .that(areNotWithin(RouterInterceptor.class).and(areNotWithin(CallBounds.class)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("okhttp3..")
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> areNotWithin(Class<?> outermost) {
        return DescribedPredicate.describe(
                "are not within " + outermost.getSimpleName(),
                found -> !found.getName().equals(outermost.getName())
                        && !found.getName().startsWith(outermost.getName() + "$"));
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching("io.dlrouter.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void core_showsOnlyItsBuilderWhatValuesLookLikeAndItsInterceptor() {
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
                .be(Setting.class)
                .orShould()
                .be(RouterInterceptor.class)
                .check(CLASSES);
    }

    @Test
    void api_dependsOnNothing() {
        classes()
                .that()
                .resideInAnyPackage("io.dlrouter", "io.dlrouter.spi")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.dlrouter", "io.dlrouter.spi", "java..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void strategies_knowOnlyTheApi() {
        noClasses()
                .that()
                .resideInAPackage("io.dlrouter.core.strategy")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.dlrouter.core")
                .check(CLASSES);
    }

    @Test
    void replay_knowsNeitherTheRouterNorAStrategy() {
        noClasses()
                .that()
                .resideInAPackage("io.dlrouter.core.replay")
                .should()
                .dependOnClassesThat(
                        JavaClass.Predicates.resideInAnyPackage("io.dlrouter.core", "io.dlrouter.core.strategy")
                                .and(areNotWithin(LatencyWindow.class)))
                .check(CLASSES);
    }

    @Test
    void router_doesNotKnowTheReplay() {
        noClasses()
                .that()
                .resideInAnyPackage("io.dlrouter.core", "io.dlrouter.core.strategy")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.dlrouter.core.replay")
                .check(CLASSES);
    }
}
