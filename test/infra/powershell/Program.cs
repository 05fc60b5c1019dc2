using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Text.Json;
using System.Text.Json.Nodes;

// Answers one line of JSON with another for as long as there are any. {"parse": script} asks what a script is made of; {"script", "stage", "parameters",
// "world"} runs it in a runspace of its own, in which the file `stage` has been run before: it plays the commands that the script calls, on `$World`.
for (var line = Console.In.ReadLine(); line != null; line = Console.In.ReadLine())
{
    var asked = JsonNode.Parse(line)!;
    var answer = asked["parse"] is JsonNode script ? Parsed(script.GetValue<string>()) : Run(asked);
    Console.Out.WriteLine(answer.ToJsonString());
}

static JsonObject Parsed(string script)
{
    var tree = Parser.ParseFile(script, out _, out var errors);
    var commands = tree.FindAll(node => node is CommandAst, true).Cast<CommandAst>().Select(command => (JsonNode)new JsonObject
    {
        ["name"] = command.GetCommandName(),
        ["line"] = command.Extent.StartLineNumber,
        ["parameters"] = new JsonArray(command.CommandElements.OfType<CommandParameterAst>().Select(one => (JsonNode)one.ParameterName).ToArray()),
    });
    var functions = tree.FindAll(node => node is FunctionDefinitionAst, true).Cast<FunctionDefinitionAst>().Select(one => (JsonNode)one.Name);
    var help = tree.GetHelpContent();
    return new JsonObject
    {
        ["errors"] = new JsonArray(errors.Select(error => (JsonNode)$"{error.Extent.StartLineNumber}: {error.Message}").ToArray()),
        ["commands"] = new JsonArray(commands.ToArray()),
        ["functions"] = new JsonArray(functions.ToArray()),
        ["parameters"] = new JsonArray((tree.ParamBlock?.Parameters ?? []).Select(one => (JsonNode)one.Name.VariablePath.UserPath).ToArray()),
        ["help"] = new JsonArray((help?.Parameters.Keys ?? []).Select(one => (JsonNode)one).ToArray()),
        ["examples"] = new JsonArray((help?.Examples ?? []).Select(one => (JsonNode)one.Trim()).ToArray()),
    };
}

static JsonObject Run(JsonNode run)
{
    using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
    runspace.Open();
    var world = (Hashtable)Plain(run["world"])!;
    runspace.SessionStateProxy.SetVariable("World", world);
    using (var staging = PowerShell.Create(runspace))
    {
        staging.AddScript(File.ReadAllText(run["stage"]!.GetValue<string>())).Invoke();
        if (staging.HadErrors) throw new InvalidOperationException(string.Join("\n", staging.Streams.Error));
    }
    using var shell = PowerShell.Create(runspace);
    shell.AddCommand(run["script"]!.GetValue<string>());
    foreach (var (name, value) in run["parameters"]!.AsObject()) shell.AddParameter(name, Plain(value));
    var output = new List<string>();
    string? failure = null;
    try { foreach (var one in shell.Invoke()) output.Add(one?.ToString() ?? ""); }
    catch (RuntimeException thrown) { failure = thrown.Message; }
    return new JsonObject
    {
        ["output"] = Texts(output),
        ["warnings"] = Texts(((ArrayList)world["warnings"]!).Cast<object>()),
        ["errors"] = Texts(shell.Streams.Error.Cast<object>()),
        ["failure"] = failure,
        ["calls"] = Texts(((ArrayList)world["calls"]!).Cast<object>()),
        ["world"] = Json(world),
    };
}

static JsonArray Texts(IEnumerable<object> list) => new(list.Select(one => (JsonNode)(one.ToString() ?? "")).ToArray());

// JSON as PowerShell has it: hashtables and lists that can grow.
static object? Plain(JsonNode? node) => node switch
{
    null => null,
    JsonObject members => new Hashtable(members.ToDictionary(one => (object)one.Key, one => Plain(one.Value)!), StringComparer.OrdinalIgnoreCase),
    JsonArray list => new ArrayList(list.Select(Plain).ToArray()),
    _ => node.GetValueKind() switch { JsonValueKind.True => true, JsonValueKind.False => false, JsonValueKind.Number => node.GetValue<int>(), _ => node.GetValue<string>() },
};

static JsonNode? Json(object? value) => value switch
{
    null => null,
    PSObject wrapped when wrapped.BaseObject is not PSCustomObject => Json(wrapped.BaseObject),
    PSObject made => new JsonObject(made.Properties.Select(one => KeyValuePair.Create(one.Name, Json(one.Value)))),
    IDictionary map => new JsonObject(map.Keys.Cast<object>().Select(key => KeyValuePair.Create(key.ToString()!, Json(map[key])))),
    bool yes => yes,
    string text => text,
    IEnumerable list => new JsonArray(list.Cast<object>().Select(Json).ToArray()),
    _ => value.ToString(),
};
