/** OpenAI's own client, its requests routed in the same process. */
@NullMarked
package io.dlrouter.example.openai;

import org.jspecify.annotations.NullMarked;
