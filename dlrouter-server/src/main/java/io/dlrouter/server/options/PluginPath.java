package io.dlrouter.server.options;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** The jars from which the gateway loads strategies and backends, after its class path. */
public record PluginPath(List<Path> jars) {
    public PluginPath {
        jars = List.copyOf(jars);
    }

    /**
     * Finds the jars.
     *
     * @param entries jars, or directories of which each jar is taken
     * @throws IllegalArgumentException if one is neither
     */
    public static PluginPath of(List<Path> entries) {
        List<Path> jars = entries.stream().flatMap(PluginPath::jarsOf).toList();
        jars.forEach(PluginPath::check);
        return new PluginPath(jars);
    }

    /** An empty path is invalid, though for the file system it is the current directory. */
    private static Stream<Path> jarsOf(Path entry) {
        if (entry.toString().isEmpty() || !Files.isDirectory(entry)) {
            return Stream.of(entry);
        }
        try (Stream<Path> files = Files.list(entry)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList().stream();
        } catch (IOException e) {
            throw invalid(entry, e);
        }
    }

    private static void check(Path jar) {
        try {
            new JarFile(jar.toFile()).close();
        } catch (IOException e) {
            throw invalid(jar, e);
        }
    }

    private static IllegalArgumentException invalid(Path entry, IOException e) {
        return new IllegalArgumentException("plugin_path: " + entry + " (expected: a jar, or a directory of jars)", e);
    }

    /** What finds classes in the jars and, before, on the class path. It stays open as long as the process. */
    public ClassLoader loader() {
        ClassLoader own = PluginPath.class.getClassLoader();
        return new URLClassLoader("plugins", jars.stream().map(PluginPath::url).toArray(URL[]::new), own);
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw invalid(jar, e);
        }
    }
}
