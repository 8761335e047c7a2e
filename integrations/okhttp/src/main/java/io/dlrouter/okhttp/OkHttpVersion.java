package io.dlrouter.okhttp;

import java.security.CodeSource;
import okhttp3.Call;
import okhttp3.EventListener;

/**
 * The OkHttp that comes first on the class path. With one that is too old, calls would fail with a {@link
 * LinkageError}.
 */
final class OkHttpVersion {
    private static final String UNKNOWN = "of an unknown version";

    private OkHttpVersion() {}

    /** @throws IllegalStateException if OkHttp is older than 5.4, whose calls accept no listener */
    static void check() {
        try {
            Call.class.getMethod("addEventListener", EventListener.class);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(
                    "OkHttp " + version() + " comes first on the class path: " + location()
                            + " (expected: OkHttp 5.4 or newer). Exclude com.squareup.okhttp3:okhttp from the dependency"
                            + " that brings it, and keep com.squareup.okhttp3:okhttp-jvm.",
                    e);
        }
    }

    /** Read at run time: the compiler would inline the version of its own class path. */
    private static String version() {
        try {
            Class<?> okHttp = Class.forName("okhttp3.OkHttp", true, Call.class.getClassLoader());
            return String.valueOf(okHttp.getField("VERSION").get(null));
        } catch (ReflectiveOperationException | LinkageError e) {
            return UNKNOWN;
        }
    }

    private static String location() {
        CodeSource source = Call.class.getProtectionDomain().getCodeSource();
        return source == null ? "unknown" : String.valueOf(source.getLocation());
    }
}
