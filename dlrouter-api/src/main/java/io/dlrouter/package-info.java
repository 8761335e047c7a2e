/** For those who embed DLRouter: place and send OpenAI-compatible requests, and keep the table of nodes. */
@NullMarked
package io.dlrouter;

import org.jspecify.annotations.NullMarked;
