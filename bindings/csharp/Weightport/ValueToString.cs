// SPDX-License-Identifier: MIT
using System;
using System.Globalization;
using Weightport.Internal;

namespace Weightport
{
  /// <content>A line for debuggers and logs.</content>
  public sealed partial class Value
  {
    /// <summary>The kind, and of what is no container the value: "int 5", "dict of 3", "tensor float32 [2, 3]". After Dispose too;
    /// the form may change.</summary>
    public override string ToString()
    {
      try
      {
        using (new Borrow(tree))
        {
          string kind = Utf8.Text(NativePINVOKE.wp_kind_name((int)Kind)), detail = Detail();
          return detail.Length == 0 ? kind : kind + " " + detail;
        }
      }
      catch (ObjectDisposedException)
      {
        return "disposed value";
      }
    }

    string Detail()
    {
      switch (Kind)
      {
        case Kind.None: return "";
        case Kind.Bool: return AsBool() ? "True" : "False";
        case Kind.Int: return AsBigInteger().ToString(CultureInfo.InvariantCulture);
        case Kind.Float: return AsDouble().ToString("R", CultureInfo.InvariantCulture);
        case Kind.Complex: return AsComplex().ToString(CultureInfo.InvariantCulture);
        case Kind.String: return Quoted(AsString());
        case Kind.Tensor: using (Tensor tensor = AsTensor()) return tensor.ToString();
        case Kind.DType: return DTypeName!;
        case Kind.Device: return AsDevice();
        case Kind.Object: return IsClass ? ClassName + " itself" : ClassName;
        case Kind.Bytes: return "of " + Length();
        default: return (ClassName.Length == 0 ? "" : ClassName + " ") + "of " + Count;
      }
    }

    string Length()
    {
      IntPtr bytes;
      UIntPtr size;
      Failure.Check(NativePINVOKE.wp_value_get_bytes(out bytes, out size, node));
      return size.ToString();
    }

    static string Quoted(string text)
    {
      const int most = 60;
      string part = text.Length <= most ? text : text.Substring(0, most), more = text.Length <= most ? "" : "...";
      return "\"" + part.Replace("\n", "\\n") + "\"" + more;
    }
  }
}
