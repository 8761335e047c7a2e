package io.dlrouter.core.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLConnection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The files in which jars list their providers. They are read again when providers cannot be loaded, because a {@link
 * java.util.ServiceLoader} does not name the file of the failing one.
 */
record ServicesFiles(Class<?> kind, ClassLoader loader) {

    /** The first provider that cannot be loaded, with the file that lists it; empty if there is none. */
    Optional<String> firstUnusable() {
        try {
            for (URL file : Collections.list(loader.getResources("META-INF/services/" + kind.getName()))) {
                for (String provider : listed(file)) {
                    if (!isUsable(provider)) {
                        return Optional.of(provider + " in " + file);
                    }
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static List<String> listed(URL file) throws IOException {
        URLConnection connection = file.openConnection();
        connection.setUseCaches(false);
        try (InputStream content = connection.getInputStream()) {
            return new String(content.readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(name -> !name.isEmpty())
                    .toList();
        }
    }

    private boolean isUsable(String provider) {
        try {
            Constructor<?> unused =
                    Class.forName(provider, false, loader).asSubclass(kind).getConstructor();
            return true;
        } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
            return false;
        }
    }
}
