package io.dlrouter.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The part of Bouncy Castle that the runnable jar contains. */
class RunnableJarTest {
    private static final String BOUNCY_CASTLE = "org.bouncycastle.";
    private static final Pattern INCLUDE = Pattern.compile("<include>(org/bouncycastle/[^*]*)\\*\\*</include>");

    @Tag("thorough")
    @Test
    void runnableJar_bouncyCastle_hasAllClassesThatPemKeyStoreNeeds() throws Exception {
        List<String> included = INCLUDE.matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map(RunnableJarTest::packagePrefix)
                .toList();

        assertThat(included).isNotEmpty();
        assertThat(neededClasses())
                .contains("org.bouncycastle.openssl.PEMParser")
                .allMatch(name -> included.stream().anyMatch(name::startsWith));
    }

    private static String packagePrefix(MatchResult include) {
        return include.group(1).replace('/', '.');
    }

    /** The classes on which the key store depends, directly or not. */
    private static Set<String> neededClasses() throws Exception {
        Set<String> needed = new HashSet<>();
        Set<String> next = dependencies(Set.of(PemKeyStore.class.getName()));
        while (needed.addAll(next)) {
            next = dependencies(next);
            next.removeAll(needed);
        }
        return needed;
    }

    private static Set<String> dependencies(Set<String> names) throws Exception {
        Set<Class<?>> classes = new HashSet<>();
        for (String name : names) {
            classes.add(Class.forName(name, false, RunnableJarTest.class.getClassLoader()));
        }
        JavaClasses imported = ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter().importClasses(classes);
        });
        return imported.stream()
                .filter(type -> names.contains(type.getName()))
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .map(dependency ->
                        dependency.getTargetClass().getBaseComponentType().getName())
                .filter(name -> name.startsWith(BOUNCY_CASTLE))
                .collect(Collectors.toCollection(HashSet::new));
    }
}
