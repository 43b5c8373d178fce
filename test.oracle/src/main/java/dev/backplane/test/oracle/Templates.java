package dev.backplane.test.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** All templates, or some by name. */
final class Templates {
    private Templates() {
    }

    /** Those that a CPU model can run. */
    static List<Template> all(String model) {
        List<Template> list = new ArrayList<>();
        list.addAll(IntegerTemplates.all());
        list.addAll(ShiftTemplates.all());
        list.addAll(SseTemplates.all());
        list.addAll(MmxTemplates.all());
        list.addAll(X87Templates.all());
        list.addAll(BlockTemplates.all(model.equals(Oracle.AVX_MODEL)));
        if (model.equals(Oracle.AVX_MODEL)) {
            list.addAll(AvxTemplates.all());
            list.addAll(Avx2Templates.all());
            list.addAll(FmaTemplates.all());
            list.addAll(BmiTemplates.all());
        }
        return list;
    }

    /** Those whose names match a regular expression somewhere. */
    static List<Template> matching(String model, String regex) {
        Pattern p = Pattern.compile(regex);
        return all(model).stream().filter(t -> p.matcher(t.name()).find()).toList();
    }
}
