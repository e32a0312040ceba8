// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Reflection;

namespace Weightport.Internal
{
  /// <summary>What a container is whose type is known at run time only. A compiler that leaves out what a program does not use,
  /// as those of NativeAOT and Unity do, leaves out generic interfaces of classes too: so what is common is told by its class,
  /// or by an interface that is not generic, and only the rest by its generic interfaces.</summary>
  internal static class Containers
  {
    static readonly HashSet<string> sets = new HashSet<string>
    {
      "System.Collections.Generic.HashSet`1", "System.Collections.Generic.SortedSet`1", "System.Collections.Frozen.FrozenSet`1",
      "System.Collections.Immutable.ImmutableHashSet`1", "System.Collections.Immutable.ImmutableSortedSet`1",
      "System.Collections.Immutable.ImmutableHashSet`1+Builder", "System.Collections.Immutable.ImmutableSortedSet`1+Builder",
    };

    internal static bool IsSet(object item)
    {
      for (Type? type = item.GetType(); type != null; type = type.BaseType)
      {
        if (type.IsGenericType && sets.Contains(type.GetGenericTypeDefinition().FullName!)) return true;
      }
      return item is ISet<object> || item is ISet<string> || Implements(item, typeof(ISet<>));
    }

    internal static bool IsDictionary(object item) =>
      item is IDictionary || Known(item) != null || Implements(item, typeof(IDictionary<,>)) ||
      Implements(item, typeof(IReadOnlyDictionary<,>));

    /// <summary>The keys and values of a dictionary, in its order.</summary>
    internal static IEnumerable<(object?, object?)> Entries(IEnumerable dictionary)
    {
      var old = dictionary as IDictionary;
      return old != null ? Old(old)
        : Known(dictionary) ?? dictionary.Cast<object>().Select(entry => (Part(entry, "Key"), Part(entry, "Value")));
    }

    /// <summary>Those of what is no IDictionary but has common types; else null.</summary>
    static IEnumerable<(object?, object?)>? Known(object item) =>
      Known<object?, object?>(item) ?? Known<string, object?>(item) ?? Known<string, string>(item) ?? Known<string, bool>(item) ??
      Known<string, int>(item) ?? Known<string, long>(item) ?? Known<string, float>(item) ?? Known<string, double>(item) ??
      Known<string, Tensor>(item) ?? Known<int, object?>(item) ?? Known<long, object?>(item);

    static IEnumerable<(object?, object?)>? Known<TKey, TValue>(object item)
    {
      if (!(item is IReadOnlyDictionary<TKey, TValue> || item is IDictionary<TKey, TValue>)) return null;
      return ((IEnumerable<KeyValuePair<TKey, TValue>>)item).Select(entry => ((object?)entry.Key, (object?)entry.Value));
    }

    static IEnumerable<(object?, object?)> Old(IDictionary dictionary)
    {
      foreach (DictionaryEntry entry in dictionary) yield return (entry.Key, entry.Value);
    }

#if NET5_0_OR_GREATER
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "an interface that is left out is one that nobody uses")]
#endif
    static bool Implements(object item, Type definition) =>
      item.GetType().GetInterfaces().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == definition);

    // Each entry is a KeyValuePair of types that are known at run time only.
#if NET5_0_OR_GREATER
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicProperties, typeof(KeyValuePair<,>))]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "the attribute above keeps both")]
#endif
    static object? Part(object entry, string name) => entry.GetType().GetProperty(name)!.GetValue(entry);
  }
}
