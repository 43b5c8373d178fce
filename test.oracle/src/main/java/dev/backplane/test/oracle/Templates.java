package dev.backplane.test.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** All templates, or some by name. */
final class Templates {
    private Templates() {
    }

    static List<Template> all() {
        List<Template> list = new ArrayList<>();
        list.addAll(IntegerTemplates.all());
        list.addAll(ShiftTemplates.all());
        list.addAll(SseTemplates.all());
        list.addAll(MmxTemplates.all());
        list.addAll(X87Templates.all());
        return list;
    }

    /** Those whose names match a regular expression somewhere. */
    static List<Template> matching(String regex) {
        Pattern p = Pattern.compile(regex);
        return all().stream().filter(t -> p.matcher(t.name()).find()).toList();
    }
}
