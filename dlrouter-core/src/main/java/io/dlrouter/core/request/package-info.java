/** Reading a request: its model, session and prompt. */
@NullMarked
package io.dlrouter.core.request;

import org.jspecify.annotations.NullMarked;
