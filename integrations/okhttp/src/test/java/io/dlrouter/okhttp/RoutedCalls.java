package io.dlrouter.okhttp;

import io.dlrouter.Router;
import io.dlrouter.core.TestFleet;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Calls of OkHttp that a router serves. */
final class RoutedCalls {
    private RoutedCalls() {}

    /** A client as this one whose calls go through the router. */
    static OkHttpClient client(Router router, OkHttpClient client) {
        return client.newBuilder().addInterceptor(RouterInterceptor.of(router)).build();
    }

    static Request chat() {
        return new Request.Builder()
                .url("http://dlrouter/v1/chat/completions")
                .post(RequestBody.create(TestFleet.chat().body(), MediaType.get("application/json")))
                .build();
    }
}
