// SPDX-License-Identifier: MIT

package weightport

import "github.com/weightport/weightport/bindings/go/internal/raw"

// Version is that of the library that runs, as "major.minor.patch".
func Version() string { return raw.Text(raw.Wp_version()) }
