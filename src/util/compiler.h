/* SPDX-License-Identifier: Apache-2.0
 * The compiler's extensions that we use, named once. */
#pragma once

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define WARN_UNUSED              __attribute__((warn_unused_result))
#define UNUSED                   __attribute__((unused))
#define CLEANUP(function)        __attribute__((cleanup(function)))
