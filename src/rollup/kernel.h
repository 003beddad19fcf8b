/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: what its files share.
 */
#pragma once

#include "rollup/group.h"
#include "rollup/lay_out.h"
#include "rollup/pass.h"
