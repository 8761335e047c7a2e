package io.dlrouter.core.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder that lists a provider, whose class is on the class path of the tests. */
public record PluginFolder(Path folder) {
    /** A loader that finds, beside what the class path has, this one provider. */
    public ClassLoader listing(Class<?> kind, String provider) {
        try {
            Path services = Files.createDirectories(folder.resolve("META-INF/services"));
            Files.writeString(services.resolve(kind.getName()), "# a test's\n\n" + provider + " # that one\n");
            return new URLClassLoader(urls(), getClass().getClassLoader());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a loader of its classes looks into. */
    public URL[] urls() throws MalformedURLException {
        return new URL[] {folder.toUri().toURL()};
    }
}
