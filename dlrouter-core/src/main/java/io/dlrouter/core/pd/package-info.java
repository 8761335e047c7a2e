/** Shared by both kinds of Prefill/Decode: node selection for two roles, and edited responses. */
@NullMarked
package io.dlrouter.core.pd;

import org.jspecify.annotations.NullMarked;
