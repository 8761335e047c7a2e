package io.dlrouter.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dlrouter.Router;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OkHttpVersionTest {
    private static final String CALL = "package okhttp3; public interface Call {}";
    private static final String OK_HTTP =
            "package okhttp3; public final class OkHttp { public static final String VERSION = \"4.12.0\"; }";

    @TempDir
    Path folder;

    @Test
    void check_olderOkHttpFirstOnTheClassPath_namesItAndTheRemedy() throws Exception {
        compile("Call", CALL);
        compile("OkHttp", OK_HTTP);

        assertThat(failureOfInterceptor())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("OkHttp 4.12.0 comes first on the class path: "
                        + folder.toUri().toURL()
                        + " (expected: OkHttp 5.4 or newer). Exclude com.squareup.okhttp3:okhttp from the dependency that"
                        + " brings it, and keep com.squareup.okhttp3:okhttp-jvm.");
    }

    /** The class that names the version has not always been there. */
    @Test
    void check_olderOkHttpThatDoesNotNameItsVersion_namesItsPlace() throws Exception {
        compile("Call", CALL);
        compile("OkHttp", "package okhttp3; public final class OkHttp {}");

        assertThat(failureOfInterceptor())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("OkHttp of an unknown version comes first on the class path: "
                        + folder.toUri().toURL());
    }

    @Test
    void check_okHttpOfTheBuild_isFine() {
        assertThatCode(OkHttpVersion::check).doesNotThrowAnyException();
    }

    /** What comes of making an interceptor where the folder is the first entry of the class path. */
    private Throwable failureOfInterceptor() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            Class<?> interceptor = loader.loadClass(RouterInterceptor.class.getName());
            var of = interceptor.getMethod("of", loader.loadClass(Router.class.getName()));
            Throwable thrown = catchThrowable(() -> of.invoke(null, (Object) null));
            return Objects.requireNonNull(
                    thrown instanceof InvocationTargetException invoked ? invoked.getCause() : thrown);
        }
    }

    private URL[] classPath() throws IOException {
        List<URL> entries = new ArrayList<>(List.of(folder.toUri().toURL()));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toUri().toURL());
        }
        return entries.toArray(URL[]::new);
    }

    private void compile(String name, String source) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".java"), source);
        int status =
                ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), file.toString());
        assertThat(status).isZero();
    }
}
