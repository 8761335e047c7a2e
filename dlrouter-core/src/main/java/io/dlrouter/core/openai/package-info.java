/** What a front to a router says itself, in OpenAI's form, whether it is a gateway or sits in the client's own process. */
@NullMarked
package io.dlrouter.core.openai;

import org.jspecify.annotations.NullMarked;
