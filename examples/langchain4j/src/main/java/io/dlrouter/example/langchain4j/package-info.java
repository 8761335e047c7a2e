/** LangChain4j's chat models, their requests routed in the same process. */
@NullMarked
package io.dlrouter.example.langchain4j;

import org.jspecify.annotations.NullMarked;
