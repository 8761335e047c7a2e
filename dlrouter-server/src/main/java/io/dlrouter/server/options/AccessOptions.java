package io.dlrouter.server.options;

import io.dlrouter.server.http.AddressRange;
import io.dlrouter.server.http.ApiKeys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The keys of clients and nodes, and the networks that are trusted. */
final class AccessOptions {
    @Option(
            names = "--api_keys",
            paramLabel = "<key,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Bearer tokens for the inference routes (default: none, open to all)")
    List<String> apiKeys = new ArrayList<>();

    @Option(
            names = "--admin_api_keys",
            paramLabel = "<key,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Bearer tokens for /nodes and /metrics (default: the api keys)")
    List<String> adminApiKeys = new ArrayList<>();

    @Option(
            names = "--trusted_registrars",
            paramLabel = "<cidr,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Networks from which POST /nodes/add needs no token (default: none)")
    List<AddressRange> trustedRegistrars = new ArrayList<>();

    @Option(
            names = "--backend_api_key",
            paramLabel = "<key>",
            description = "Sent to the nodes as Bearer token (default: none)")
    @Nullable
    String backendApiKey;

    /** Rejects blank keys; the message does not contain the others. */
    void check() {
        checkKeys("api_keys", apiKeys);
        checkKeys("admin_api_keys", adminApiKeys);
    }

    ApiKeys inferenceKeys() {
        return ApiKeys.of(apiKeys);
    }

    ApiKeys adminKeys() {
        return ApiKeys.of(adminApiKeys.isEmpty() ? apiKeys : adminApiKeys);
    }

    private static void checkKeys(String option, List<String> keys) {
        if (keys.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(option + ": an empty key (expected: at least one character each)");
        }
    }
}
