// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weightport.Torch")]
[assembly: InternalsVisibleTo("Weightport.Tests")]
[assembly: InternalsVisibleTo("Weightport.Bench")]
