package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Requests of which something is wrong, the same for the same seed.
 *
 * @param text a char for each byte
 * @param requests how many there are, one after the other
 * @param complete whether a server surely has all that it needs for a response
 * @param bodiless whether the first response has no body, being one to {@code HEAD}
 */
record Mutant(long seed, String text, int requests, boolean complete, boolean bodiless) {
    /** Makes something of a request wrong. */
    interface Mutation {
        void change(Draft draft, Random random);
    }

    private static final List<List<Mutation>> MUTATIONS =
            List.of(LineMutations.ALL, HeaderMutations.ALL, FramingMutations.ALL, JsonMutations.ALL, JsonMutations.ALL);

    static Mutant of(long seed) {
        Random random = new Random(seed);
        Draft draft = Draft.sound(random);
        for (int count = random.nextInt(2); count >= 0; count--) {
            oneOf(oneOf(MUTATIONS, random), random).change(draft, random);
        }
        String text = draft.text();
        boolean bodiless = text.stripLeading().startsWith("HEAD ");
        boolean complete = draft.complete;
        int requests = 1;
        if (random.nextInt(12) == 0) {
            text = text + Draft.sound(random).text();
            requests = 2;
        }
        if (random.nextInt(12) == 0) {
            text = text.substring(0, random.nextInt(text.length()));
            complete = false;
        }
        if (random.nextInt(12) == 0 && !text.isEmpty()) {
            int at = random.nextInt(text.length());
            text = text.substring(0, at) + noise(random, 1) + text.substring(at + 1);
            complete = false;
        }
        return new Mutant(seed, text, requests, complete, bodiless);
    }

    static <T> T oneOf(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** Random chars that each stand for a byte. */
    static String noise(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return new String(bytes, ISO_8859_1);
    }

    byte[] bytes() {
        return text.getBytes(ISO_8859_1);
    }

    String hex() {
        return HexFormat.of().formatHex(bytes());
    }
}
