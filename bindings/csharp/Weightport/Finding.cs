// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using Weightport.Internal;

namespace Weightport
{
  /// <summary>What a finding says of its key.</summary>
  public enum FindingKind
  {
    /// <summary>A checksum or a rule of the format is broken.</summary>
    Corrupt = 1,
    /// <summary>In the first checkpoint, or the model, only.</summary>
    Missing = 2,
    /// <summary>In the second checkpoint only.</summary>
    Added = 3,
    /// <summary>In both, and not equal.</summary>
    Changed = 4,
    /// <summary>In the state_dict, and not in the model.</summary>
    Unexpected = 5,
    /// <summary>In state_dict and model, with different shapes.</summary>
    Mismatched = 6,
  }

  /// <summary>One thing that is wrong, or differs.</summary>
  public sealed class Finding
  {
    Finding(FindingKind kind, string key, string message, double difference)
    {
      Kind = kind;
      Key = key;
      Message = message;
      Difference = difference;
    }

    /// <summary>What it says of the key.</summary>
    public FindingKind Kind { get; }

    /// <summary>Path of the tensor or value in the tree, "" for the file.</summary>
    public string Key { get; }

    /// <summary>One line.</summary>
    public string Message { get; }

    /// <summary>Largest absolute difference between two tensors or numbers; NaN where it has no meaning.</summary>
    public double Difference { get; }

    /// <inheritdoc/>
    public override string ToString() => Key + ": " + Message;

    /// <summary>All of a report of C's, which is released.</summary>
    internal static IReadOnlyList<Finding> All(IntPtr report)
    {
      try
      {
        var findings = new Finding[(int)NativePINVOKE.wp_report_size(report)];
        for (int i = 0; i < findings.Length; i++)
        {
          var index = (UIntPtr)i;
          findings[i] = new Finding((FindingKind)NativePINVOKE.wp_report_finding(report, index),
            Utf8.Text(NativePINVOKE.wp_report_key(report, index)), Utf8.Text(NativePINVOKE.wp_report_message(report, index)),
            NativePINVOKE.wp_report_difference(report, index));
        }
        return findings;
      }
      finally
      {
        NativePINVOKE.wp_report_release(report);
      }
    }
  }
}
