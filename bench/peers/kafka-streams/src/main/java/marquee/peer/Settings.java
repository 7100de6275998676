package marquee.peer;

import java.util.HashMap;
import java.util.Map;

/** Settings as `name=value` arguments; every one must be given. */
record Settings(Map<String, String> values) {
  static Settings of(String[] args) {
    Map<String, String> values = new HashMap<>();
    for (String arg : args) {
      int at = arg.indexOf('=');
      values.put(arg.substring(0, at), arg.substring(at + 1));
    }
    return new Settings(values);
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) throw new IllegalArgumentException("no " + name);
    return value;
  }

  long number(String name) {
    return Long.parseLong(text(name));
  }
}
