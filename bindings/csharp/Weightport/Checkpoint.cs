// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using Weightport.Internal;

namespace Weightport
{
  /// <summary>A class or function that a pickle names.</summary>
  public readonly struct Global
  {
    /// <summary>"module.name".</summary>
    public readonly string Name;

    /// <summary>Whether torch.load(weights_only=True) accepts it.</summary>
    public readonly bool Allowed;

    internal Global(string name, bool allowed)
    {
      Name = name;
      Allowed = allowed;
    }
  }

  /// <summary>
  /// An opened file, or one to be written: its tree of values is what is saved. Opening reads no tensor byte: tensors are views
  /// of the mapped file. Any number of threads may read it while none edits it.
  /// </summary>
  public sealed partial class Checkpoint : IDisposable
  {
    readonly CheckpointHandle handle;
    readonly TreeHandle tree;

    /// <summary>Takes a new reference of C's.</summary>
    Checkpoint(IntPtr address)
    {
      handle = new CheckpointHandle(address);
      tree = new TreeHandle(NativePINVOKE.wp_value_retain(NativePINVOKE.wp_checkpoint_root(address)));
    }

    /// <summary>A checkpoint to fill: its root is an empty dict.</summary>
    public Checkpoint() : this(Create()) { }

    static IntPtr Create()
    {
      IntPtr address;
      Failure.Check(NativePINVOKE.wp_checkpoint_create(out address));
      return address;
    }

    /// <summary>Gives the checkpoint and its values up. Its tensors and state_dicts stay valid. A second call does
    /// nothing.</summary>
    public void Dispose()
    {
      handle.Dispose();
      tree.Dispose();
    }

    /// <summary>What it was opened as.</summary>
    public Format Format
    {
      get { using (var checkpoint = new Borrow(handle)) return (Format)NativePINVOKE.wp_checkpoint_format(checkpoint.Address); }
    }

    /// <summary>The tree of values, valid until Dispose. For safetensors: a dict of tensors. For TorchScript: the module
    /// object.</summary>
    public Value Root
    {
      get { using (var checkpoint = new Borrow(handle)) return new Value(tree, NativePINVOKE.wp_checkpoint_root(checkpoint.Address)); }
    }

    /// <summary>The texts that safetensors keeps beside the tensors, "__metadata__"; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata
    {
      get
      {
        using (var checkpoint = new Borrow(handle))
        {
          var texts = new Dictionary<string, string>();
          IntPtr address = NativePINVOKE.wp_checkpoint_metadata(checkpoint.Address);
          if (address == IntPtr.Zero) return texts;
          foreach (KeyValuePair<Value, Value> entry in new Value(tree, address).Entries)
          {
            texts[entry.Key.AsString()] = entry.Value.AsString();
          }
          return texts;
        }
      }
    }

    /// <summary>The state_dict at a path, "model_state_dict" say; without one, the only one there is. Errors:
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.Mismatch"/> (there are several: the message lists them).</summary>
    public StateDict StateDict(string? key = null)
    {
      byte[]? path = Utf8.TerminatedOrNull(key);
      using (var checkpoint = new Borrow(handle))
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_checkpoint_state_dict(out address, checkpoint.Address, path));
        return new StateDict(address);
      }
    }

    /// <summary>The paths of the state_dicts, "" for the root.</summary>
    public IReadOnlyList<string> StateDictKeys
    {
      get
      {
        using (var checkpoint = new Borrow(handle))
        {
          var keys = new string[(int)NativePINVOKE.wp_checkpoint_state_dict_count(checkpoint.Address)];
          for (int i = 0; i < keys.Length; i++)
          {
            keys[i] = Utf8.Text(NativePINVOKE.wp_checkpoint_state_dict_key(checkpoint.Address, (UIntPtr)i));
          }
          return keys;
        }
      }
    }

    /// <summary>The classes and functions that the file's pickles name.</summary>
    public IReadOnlyList<Global> Globals
    {
      get
      {
        using (var checkpoint = new Borrow(handle))
        {
          var globals = new Global[(int)NativePINVOKE.wp_checkpoint_global_count(checkpoint.Address)];
          for (int i = 0; i < globals.Length; i++)
          {
            globals[i] = new Global(Utf8.Text(NativePINVOKE.wp_checkpoint_global_name(checkpoint.Address, (UIntPtr)i)),
              NativePINVOKE.wp_checkpoint_global_allowed(checkpoint.Address, (UIntPtr)i) != 0);
          }
          return globals;
        }
      }
    }

    /// <summary>Makes a value the root, or what <see cref="Value.From"/> makes of something. It is copied; tensors are
    /// shared.</summary>
    public void SetRoot(object? root) => With(root, NativePINVOKE.wp_checkpoint_set_root);

    /// <summary>Puts a value, or what <see cref="Value.From"/> makes of something, under a key of the root. It is copied; tensors
    /// are shared. What it replaces, tensors too, stays in memory until Dispose: whoever saves again and again makes a Checkpoint
    /// for each.</summary>
    public void Set(string key, object? item)
    {
      byte[] name = Utf8.Terminated(key);
      With(item, (checkpoint, value) => NativePINVOKE.wp_checkpoint_set(checkpoint, name, value));
    }

    /// <summary>Puts a state_dict under a key of the root; without a key it becomes the whole root.</summary>
    public void SetStateDict(string? key, StateDict weights)
    {
      if (weights == null) throw new ArgumentNullException(nameof(weights));
      byte[]? name = Utf8.TerminatedOrNull(key);
      using (var checkpoint = new Borrow(handle))
      using (var added = new Borrow(weights.Handle))
      {
        Failure.Check(NativePINVOKE.wp_checkpoint_set_state_dict(checkpoint.Address, name, added.Address));
      }
    }

    /// <summary>Sets a text of safetensors' "__metadata__"; null takes it out. Other formats do not keep it.</summary>
    public void SetMetadata(string key, string? text)
    {
      byte[] name = Utf8.Terminated(key);
      byte[]? content = Utf8.TerminatedOrNull(text);
      using (var checkpoint = new Borrow(handle))
      {
        Failure.Check(NativePINVOKE.wp_checkpoint_set_metadata(checkpoint.Address, name, content));
      }
    }

    void With(object? item, Func<IntPtr, IntPtr, IntPtr> function)
    {
      using (var checkpoint = new Borrow(handle))
      using (var made = new Value.Argument(item))
      {
        Failure.Check(function(checkpoint.Address, made.Address));
      }
    }
  }
}
