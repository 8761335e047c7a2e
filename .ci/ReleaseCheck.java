import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Checks that what {@code mvn -Prelease package} has built is what Maven Central asks for: POM fields, sources, Javadoc
 * and a bill of materials for each published module; no example among them; no dependency on what is not published; and
 * exactly the published modules in the BOM.
 *
 * <p>Usage: {@code java .ci/ReleaseCheck.java [<build folder of a module> [<folder>]]}, in the root of the project. The
 * build folder is {@code target} by default. A folder that {@code mvn deploy} has filled must hold the published modules
 * and nothing else. Prints each finding and exits with 1 if there is one.
 */
public final class ReleaseCheck {
    private static final String GROUP = "io.dlrouter";

    private final String output;
    private final List<String> findings = new ArrayList<>();
    private final Map<String, Module> modules = new HashMap<>();

    private ReleaseCheck(String output) {
        this.output = output;
    }

    public static void main(String[] arguments) throws Exception {
        ReleaseCheck check = new ReleaseCheck(arguments.length > 0 ? arguments[0] : "target");
        check.run();
        if (arguments.length > 1) {
            check.checkDeployed(Path.of(arguments[1], GROUP.replace('.', '/')));
        }
        check.findings.forEach(System.err::println);
        System.out.println("Release check: " + check.published().size() + " published modules, " + check.findings.size()
                + " findings");
        System.exit(check.findings.isEmpty() ? 0 : 1);
    }

    private void run() throws Exception {
        Element root = pom(Path.of("pom.xml"));
        for (Element module : children(child(root, "modules"), "module")) {
            Module read = new Module(module.getTextContent(), pom(Path.of(module.getTextContent(), "pom.xml")));
            modules.put(read.artifact(), read);
        }
        requireCoordinates("pom.xml", root);
        requireCoordinates("dlrouter-bom/pom.xml", modules.get("dlrouter-bom").pom());
        published().forEach(this::check);
        checkBom();
    }

    private List<Module> published() {
        return modules.values().stream().filter(Module::isPublished).toList();
    }

    /** What the POM of a project without a published parent has to say. */
    private void requireCoordinates(String file, Element pom) {
        for (String field : List.of("name", "description", "url", "licenses", "developers", "scm")) {
            require(child(pom, field) != null, file + ": <" + field + "> is missing (expected: present)");
        }
        for (Element license : children(child(pom, "licenses"), "license")) {
            require(child(license, "url") != null, file + ": a license has no <url>");
        }
        for (String field : List.of("connection", "developerConnection", "url")) {
            require(child(child(pom, "scm"), field) != null, file + ": <scm> has no <" + field + ">");
        }
    }

    private void check(Module module) {
        String file = module.folder() + "/pom.xml";
        require(child(module.pom(), "name") != null, file + ": <name> is missing");
        require(child(module.pom(), "description") != null, file + ": <description> is missing");
        require(!module.folder().startsWith("examples/"), file + ": an example is published. Set maven.deploy.skip");
        if (module.isPom()) {
            return;
        }
        for (String suffix : List.of(".jar", "-sources.jar", "-javadoc.jar")) {
            require(module.artifactExists(output, suffix), module.folder() + "/" + output + ": no *" + suffix);
        }
        require(
                Files.exists(Path.of(module.folder(), output, "bom.json")),
                module.folder() + "/" + output + ": no bom.json (CycloneDX)");
        for (Element dependency : children(child(module.pom(), "dependencies"), "dependency")) {
            Module needed = modules.get(text(dependency, "artifactId"));
            boolean test = "test".equals(text(dependency, "scope"));
            require(
                    test || needed == null || needed.isPublished(),
                    file + ": depends on " + text(dependency, "artifactId") + ", which is not published");
        }
    }

    private void checkBom() {
        Set<String> listed = new HashSet<>();
        Element management = child(modules.get("dlrouter-bom").pom(), "dependencyManagement");
        for (Element dependency : children(child(management, "dependencies"), "dependency")) {
            require(GROUP.equals(text(dependency, "groupId")), "dlrouter-bom lists a library of another group");
            listed.add(text(dependency, "artifactId"));
        }
        Set<String> expected = new HashSet<>();
        published().stream().filter(module -> !module.isPom()).forEach(module -> expected.add(module.artifact()));
        require(listed.equals(expected), "dlrouter-bom lists " + listed + " (expected: " + expected + ")");
    }

    private void checkDeployed(Path group) throws IOException {
        Set<String> deployed = new HashSet<>();
        try (var folders = Files.list(group)) {
            folders.filter(Files::isDirectory).forEach(folder -> deployed.add(folder.getFileName().toString()));
        }
        Set<String> expected = new HashSet<>(Set.of("dlrouter"));
        published().forEach(module -> expected.add(module.artifact()));
        require(deployed.equals(expected), "deployed: " + deployed + " (expected: " + expected + ")");
    }

    private void require(boolean holds, String finding) {
        if (!holds) {
            findings.add(finding);
        }
    }

    private static Element pom(Path file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(file.toFile()).getDocumentElement();
    }

    private static Element child(Element parent, String name) {
        List<Element> found = children(parent, name);
        return found.isEmpty() ? null : found.get(0);
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent == null ? null : parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    private static String text(Element parent, String name) {
        Element found = child(parent, name);
        return found == null ? "" : found.getTextContent().trim();
    }

    private record Module(String folder, Element pom) {
        String artifact() {
            return text(pom, "artifactId");
        }

        boolean isPom() {
            return text(pom, "packaging").equals("pom");
        }

        boolean isPublished() {
            Element properties = child(pom, "properties");
            return properties == null || !text(properties, "maven.deploy.skip").equals("true");
        }

        boolean artifactExists(String output, String suffix) {
            try (var files = Files.list(Path.of(folder, output))) {
                return files.map(file -> file.getFileName().toString())
                        .anyMatch(name -> name.matches(artifact() + "-[0-9][^-]*(-SNAPSHOT)?\\Q" + suffix + "\\E"));
            } catch (IOException e) {
                return false;
            }
        }
    }
}
