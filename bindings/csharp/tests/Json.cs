// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Weightport.Tests
{
  /// <summary>A number as it is written, so that 1 and 1.0 differ.</summary>
  sealed class JsonNumber
  {
    internal readonly string Text;
    internal JsonNumber(string text) { Text = text; }
    internal bool IsFloat => Text.IndexOfAny(new[] { '.', 'e', 'E' }) >= 0;
    public override string ToString() => Text;
  }

  /// <summary>JSON as dictionaries, lists, strings, bools, null and <see cref="JsonNumber"/>: the runtimes that the tests run on
  /// have no reader in common.</summary>
  sealed class Json
  {
    readonly string text;
    int next;

    Json(string text) { this.text = text; }

    internal static object? Parse(string text)
    {
      var json = new Json(text);
      object? value = json.Value();
      if (json.Peek() != '\0') throw new FormatException("more than one value");
      return value;
    }

    char Peek()
    {
      while (next < text.Length && char.IsWhiteSpace(text[next])) next++;
      return next < text.Length ? text[next] : '\0';
    }

    bool Take(char wanted)
    {
      if (Peek() != wanted) return false;
      next++;
      return true;
    }

    void Expect(char wanted)
    {
      if (!Take(wanted)) throw new FormatException("expected " + wanted + " at " + next);
    }

    object? Value()
    {
      switch (Peek())
      {
        case '{': return Object();
        case '[': return Array();
        case '"': return String();
      }
      int start = next;
      while (next < text.Length && (char.IsLetterOrDigit(text[next]) || "+-.".IndexOf(text[next]) >= 0)) next++;
      string word = text.Substring(start, next - start);
      if (word == "null") return null;
      if (word == "true" || word == "false") return word == "true";
      if (word.Length == 0) throw new FormatException("no value at " + start);
      return new JsonNumber(word);
    }

    Dictionary<string, object?> Object()
    {
      var entries = new Dictionary<string, object?>();
      Expect('{');
      while (!Take('}'))
      {
        if (entries.Count > 0) Expect(',');
        Peek();
        string key = String();
        Expect(':');
        entries[key] = Value();
      }
      return entries;
    }

    List<object?> Array()
    {
      var items = new List<object?>();
      Expect('[');
      while (!Take(']'))
      {
        if (items.Count > 0) Expect(',');
        items.Add(Value());
      }
      return items;
    }

    string String()
    {
      var characters = new StringBuilder();
      Expect('"');
      while (text[next] != '"')
      {
        char character = text[next++];
        if (character == '\\')
        {
          character = text[next++];
          int named = "bfnrt".IndexOf(character);
          if (named >= 0) character = "\b\f\n\r\t"[named];
          else if (character == 'u')
          {
            character = (char)int.Parse(text.Substring(next, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            next += 4;
          }
        }
        characters.Append(character);
      }
      next++;
      return characters.ToString();
    }
  }
}
