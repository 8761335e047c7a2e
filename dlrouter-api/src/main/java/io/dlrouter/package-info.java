/** The API for embedding DLRouter: routing of OpenAI-compatible requests, and the node table. */
@NullMarked
package io.dlrouter;

import org.jspecify.annotations.NullMarked;
