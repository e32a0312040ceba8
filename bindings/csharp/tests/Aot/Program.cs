// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Collections.Immutable;
using Weightport;

// What becomes of containers in a program from which the compiler has left out what it does not use. Prints what is wrong.

int failures = 0;
void Check(object item, Kind kind, string entry = "")
{
  using (Value value = Value.From(item))
  {
    if (value.Kind == kind && (entry == "" || value[entry].AsDouble() == 0.5)) return;
    Console.WriteLine(item.GetType() + " became a " + value.Kind);
    failures++;
  }
}

Check(new HashSet<int> { 1, 2 }, Kind.Set);
Check(new SortedSet<string> { "a" }, Kind.Set);
Check(new[] { 1.5, 2.5 }.ToFrozenSet(), Kind.Set);
Check(new[] { "a", "b" }.ToFrozenSet(), Kind.Set);
Check(ImmutableHashSet.Create(1L), Kind.Set);
Check(new List<double> { 1 }, Kind.List);
Check(new Dictionary<string, double> { ["lr"] = 0.5 }, Kind.Dict, "lr");
Check(ImmutableDictionary<string, double>.Empty.Add("lr", 0.5), Kind.Dict, "lr");
Check(new Python.Dict { { "lr", 0.5 } }, Kind.Dict, "lr");
Check(new Settings(), Kind.Dict, "lr");
if (failures == 0) Console.WriteLine("all containers are what they were");
return failures;

sealed class Settings : IReadOnlyDictionary<string, double>
{
  readonly Dictionary<string, double> all = new Dictionary<string, double> { ["lr"] = 0.5 };

  public double this[string key] => all[key];
  public IEnumerable<string> Keys => all.Keys;
  public IEnumerable<double> Values => all.Values;
  public int Count => all.Count;
  public bool ContainsKey(string key) => all.ContainsKey(key);
  public bool TryGetValue(string key, out double value) => all.TryGetValue(key, out value);
  public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => all.GetEnumerator();
  IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
