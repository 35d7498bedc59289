defmodule ConformanceFunctionsTest do
  @moduledoc "The functions of city_peer that others call, and how calls fail."
  use PeerCase

  terms = [
    {"0", quote(do: 0)},
    {"255 and 256", quote(do: {255, 256, -1})},
    {"the edges of 32 bits", quote(do: [2_147_483_647, 2_147_483_648, -2_147_483_648, -2_147_483_649])},
    {"the edges of 60 bits", quote(do: [576_460_752_303_423_487, -576_460_752_303_423_489])},
    {"the edges of 64 bits", quote(do: [9_223_372_036_854_775_807, -9_223_372_036_854_775_808, 18_446_744_073_709_551_616])},
    {"integers of a thousand digits", quote(do: {Integer.pow(10, 1000), -Integer.pow(7, 1000)})},
    {"an integer of more than 255 bytes", quote(do: Integer.pow(2, 3000) - 1)},
    {"floats", quote(do: [1.0, -1.5, 1.0e308, 5.0e-324, 0.1])},
    {"-0.0", quote(do: {0.0, -0.0})},
    {"atoms", quote(do: [:ok, :"", :"with space", nil, true, false])},
    {"atoms beyond Latin-1", quote(do: [:größe, :"日本", :"🙂"])},
    {"an atom of 255 characters", quote(do: String.to_atom(String.duplicate("ü", 255)))},
    {"the empty tuple and list", quote(do: {{}, []})},
    {"a tuple of 300 elements", quote(do: List.to_tuple(Enum.to_list(1..300)))},
    {"a list of bytes", quote(do: Enum.to_list(0..255))},
    {"a list of 70,000 bytes", quote(do: List.duplicate(7, 70_000))},
    {"a list of code points", quote(do: ~c"größe €")},
    {"improper lists", quote(do: [[1 | 2], [:a, :b | "c"]])},
    {"nesting of 1,000 lists", quote(do: Enum.reduce(1..1000, [], fn _, t -> [t] end))},
    {"binaries", quote(do: ["", "text", <<0, 255>>, "größe"])},
    {"a binary of 100,000 bytes", quote(do: :binary.copy("0123456789", 10_000))},
    {"bit strings", quote(do: [<<1::1>>, <<5::3>>, <<1, 2, 3::7>>])},
    {"maps", quote(do: [%{}, %{a: 1, b: 2}, %{1 => %{2 => %{}}}])},
    {"1 and 1.0 as keys", quote(do: %{1 => :integer, 1.0 => :float})},
    {"a map of 100 keys", quote(do: Map.new(1..100, &{&1, "#{&1}"}))},
    {"keys of all kinds", quote(do: %{self() => 1, make_ref() => 2, [1] => 3, {1} => 4, %{} => 5, "b" => 6})},
    {"a struct", quote(do: %URI{scheme: "https", host: "example.org"})},
    {"pids", quote(do: [self(), spawn(fn -> :ok end)])},
    {"a pid of the peer", quote(do: {pid_of(var!(node), :echo)})},
    {"references", quote(do: [make_ref(), :erlang.alias()])},
    {"a port", quote(do: :erlang.ports() |> hd())},
    {"an external fun", quote(do: &:lists.map/2)},
    {"a local fun", quote(do: &CityCase.timed(&1))},
    {"a closure of this test", quote(do: [fn -> :value end])},
    {"all together", quote(do: {:all, [1, 2.5, "three", %{four: {~c"five", self(), <<6::6>>}}], make_ref()})}
  ]

  # A fun of another node may come back with another creator; what it is stays the same.
  defp bare({:fun, fun}), do: fun |> :erlang.fun_info() |> Keyword.delete(:pid)
  defp bare(list) when is_list(list) and length(list) == 1 and is_function(hd(list)), do: bare({:fun, hd(list)})
  defp bare(fun) when is_function(fun), do: bare({:fun, fun})
  defp bare(term), do: term

  for {name, expression} <- terms do
    test "identity: #{name}", %{node: node} do
      _ = node
      term = unquote(expression)
      assert bare(ask(node, :identity, [term])) === bare(term)
    end

    test "roundtrip: #{name}", %{node: node} do
      _ = node
      term = unquote(expression)
      assert bare(ask(node, :roundtrip, [term])) === bare(term)
    end
  end

  test "identity: -0.0 keeps its sign", %{node: node} do
    assert <<1::1, 0::63>> = <<ask(node, :identity, [:erlang.binary_to_term(<<131, 70, 1::1, 0::63>>)])::float>>
  end

  check "add: small integers", ask(node, :add, [40, 2]) === 42
  check "add: beyond 64 bits", ask(node, :add, [9_223_372_036_854_775_807, 1]) === 9_223_372_036_854_775_808
  check "add: back from beyond", ask(node, :add, [Integer.pow(2, 200), 1 - Integer.pow(2, 200)]) === 1
  check "add: floats", ask(node, :add, [0.5, 0.25]) === 0.75
  check "add: an integer and a float", ask(node, :add, [1, 0.5]) === 1.5
  check "add: a big integer and a float", ask(node, :add, [Integer.pow(2, 70), 0.0]) === 1.1805916207174113e21
  check "add: an atom is badarith", error(node, :add, [1, :x]) == :badarith
  check "add: a binary is badarith", error(node, :add, ["1", 1]) == :badarith
  check "add: more than a float can hold is badarith", error(node, :add, [1.0e308, 1.0e308]) == :badarith
  check "add: an integer no float can hold is badarith", error(node, :add, [Integer.pow(10, 400), 1.0]) == :badarith

  check "sum: of nothing", ask(node, :sum, [[]]) === 0
  check "sum: of integers", ask(node, :sum, [[1, 2, 3]]) === 6
  check "sum: of both kinds", ask(node, :sum, [[1, 2.5, Integer.pow(2, 64)]]) === 18_446_744_073_709_551_619.5
  check "sum: beyond 64 bits", ask(node, :sum, [List.duplicate(Integer.pow(2, 63), 4)]) === Integer.pow(2, 65)
  check "sum: an atom among them is badarith", error(node, :sum, [[1, :two]]) == :badarith
  check "sum: of no list is function_clause", error(node, :sum, [:x]) == :function_clause

  check "reverse: a list", ask(node, :reverse, [[1, :two, "three"]]) === ["three", :two, 1]
  check "reverse: nothing", ask(node, :reverse, [[]]) === []
  check "reverse: a charlist", ask(node, :reverse, [~c"abc"]) === ~c"cba"
  check "reverse: no list is function_clause", error(node, :reverse, [7]) == :function_clause

  check "upcase: a binary", ask(node, :upcase, ["Hello, city 7"]) === "HELLO, CITY 7"
  check "upcase: the empty binary", ask(node, :upcase, [""]) === ""
  check "upcase: a charlist", ask(node, :upcase, [~c"abc"]) === ~c"ABC"

  check "sort: numbers of both kinds", ask(node, :sort, [[3, 1.5, 2, -1]]) === [-1, 1.5, 2, 3]
  check "sort: 1 and 1.0 keep their places", ask(node, :sort, [[1.0, 1, 0, 1, 1.0]]) === [0, 1.0, 1, 1, 1.0]
  check "sort: nothing", ask(node, :sort, [[]]) === []

  check "sort: every kind of term",
        (
          pid = self()
          ref = make_ref()
          sorted = [1, :a, ref, &:lists.map/2, pid, {}, {1}, %{}, %{a: 1}, [], [1], [1, 2], "", "a", <<"a", 1::1>>, "b"]
          ask(node, :sort, [Enum.reverse(sorted)]) === sorted
        )

  check "sort: big integers and floats by value",
        ask(node, :sort, [[1.0e30, Integer.pow(10, 29), -Integer.pow(10, 40), Integer.pow(10, 31)]]) ===
          [-Integer.pow(10, 40), Integer.pow(10, 29), 1.0e30, Integer.pow(10, 31)]

  check "sort: tuples by size, maps by size and keys",
        ask(node, :sort, [[%{b: 1}, %{a: 2}, {2}, {1, 1}, %{a: 1, b: 1}]]) ===
          [{2}, {1, 1}, %{a: 2}, %{b: 1}, %{a: 1, b: 1}]

  check "sort: no list is badarg", error(node, :sort, [:x]) == :badarg
  check "sort: an improper list is badarg", error(node, :sort, [[1 | 2]]) == :badarg

  texts = [
    {"an integer", 42, "42"},
    {"a float", 1.0e22, "1.0e22"},
    {"a small float", 0.001, "0.001"},
    {"an atom", :ok, "ok"},
    {"an atom that needs quotes", :"Needs quotes", "'Needs quotes'"},
    {"a tuple", {:ok, 1, {}}, "{ok,1,{}}"},
    {"a list", [1, 2, :three], "[1,2,three]"},
    {"a string", ~c"text", ~S("text")},
    {"a string with escapes", ~c"a\n\"b\"\\", ~S("a\n\"b\"\\")},
    {"an improper list", [1 | 2], "[1|2]"},
    {"a binary", "text", ~S(<<"text">>)},
    {"a binary beyond ASCII", "größe", ~S(<<"größe"/utf8>>)},
    {"a binary that is no text", <<0, 1>>, "<<0,1>>"},
    {"a bit string", <<1, 2::3>>, "<<1,2:3>>"},
    {"a map", %{key: "value"}, ~S(#{key => <<"value">>})},
    {"an empty map", %{}, "\#{}"},
    {"nothing", [], "[]"},
    {"a big integer", 1_180_591_620_717_411_303_424, "1180591620717411303424"}
  ]

  for {name, term, text} <- texts do
    check "to_text: #{name}", ask(node, :to_text, [unquote(Macro.escape(term))]) === unquote(text)
    check "from_text: #{name}", ask(node, :from_text, [unquote(text)]) === unquote(Macro.escape(term))
  end

  # A BEAM that was not started with +pc unicode prints Latin-1 only.
  check "to_text: a string beyond Latin-1", ask(node, :to_text, [~c"日本"]) === "[26085,26412]"
  check "to_text: a string of Latin-1", ask(node, :to_text, [~c"größe"]) === ~S("größe")
  check "to_text: a binary beyond Latin-1", ask(node, :to_text, ["日本"]) === "<<230,151,165,230,156,172>>"
  check "to_text: a binary in Latin-1", ask(node, :to_text, [<<"gr", 246>>]) === ~S(<<"grö">>)
  check "to_text: an atom beyond Latin-1", ask(node, :to_text, [:日本]) === "'日本'"
  check "to_text: a quoted atom beyond Latin-1", ask(node, :to_text, [:"日 本"]) === "'日 本'"

  check "from_text: space, comments and bases", ask(node, :from_text, [" % c\n[16#FF,\n $a, 1_000]"]) === [255, 97, 1000]
  check "from_text: an external fun", ask(node, :from_text, ["fun lists:map/2"]) === (&:lists.map/2)
  check "from_text: neighbouring strings", ask(node, :from_text, [~S("ab" "cd")]) === ~c"abcd"
  check "from_text: a variable is badarg", error(node, :from_text, ["{ok, X}"]) == :badarg
  check "from_text: half a tuple is badarg", error(node, :from_text, ["{ok, "]) == :badarg
  check "from_text: nothing is badarg", error(node, :from_text, [""]) == :badarg
  check "from_text: a dot is badarg", error(node, :from_text, ["ok."]) == :badarg
  check "from_text: two terms are badarg", error(node, :from_text, ["a b"]) == :badarg
  check "from_text: an open comment is badarg", error(node, :from_text, ["a % c"]) == :badarg
  check "from_text: a call is badarg", error(node, :from_text, ["self()"]) == :badarg
  check "from_text: no UTF-8 is function_clause", error(node, :from_text, [<<255, 254>>]) == :function_clause
  check "from_text: no text is badarg", error(node, :from_text, [:ok]) == :badarg

  check "throw is thrown", failure(node, :throw, [{:ball, 1}]) == {:throw, {:ball, 1}}
  check "exit exits", failure(node, :exit, [:why]) == {:exit, {:exception, :why}}
  check "exit with normal is an exit too", failure(node, :exit, [:normal]) == {:exit, {:exception, :normal}}

  check "error has a stack that begins with what failed",
        {:error, {:exception, :mistake, [{:city_peer, :error, _, _} | _]}} = failure(node, :error, [:mistake])

  check "error takes any reason", error(node, :error, [{:big, "reason", %{a: 1}}]) == {:big, "reason", %{a: 1}}

  check "a C++ exception is cxx_exception",
        {:error, {:exception, {:cxx_exception, "out of cheese"}, [{:city_peer, :native_error, _, _} | _]}} =
          failure(node, :native_error, ["out of cheese"])

  check "an unknown function is undef, with its arguments",
        {:error, {:exception, :undef, [{:city_peer, :no_such, [1, "two"], _} | _]}} = failure(node, :no_such, [1, "two"])

  check "an unknown module is undef",
        {:error, {:exception, :undef, [{:no_such_module, :f, [], _} | _]}} = failure(node, :no_such_module, :f, [])

  check "another arity is undef",
        {:error, {:exception, :undef, [{:city_peer, :identity, [1, 2], _} | _]}} = failure(node, :identity, [1, 2])

  check "self is a pid of the peer", node(ask(node, :self)) == node
  check "every call runs in a process of its own", ask(node, :self) != ask(node, :self)
  check "node is its name", ask(node, :node) == node
  check "nodes has us", node() in ask(node, :nodes)
  check "nodes has not itself", node not in ask(node, :nodes)
  check "nodes(visible) has us", node() in ask(node, :nodes, [:visible])
  check "nodes(hidden) has us not", node() not in ask(node, :nodes, [:hidden])
  check "nodes(connected) has us", node() in ask(node, :nodes, [:connected])
  check "nodes(this) is itself", ask(node, :nodes, [:this]) == [node]
  check "nodes(known) has both", [node(), node] -- ask(node, :nodes, [:known]) == []
  check "nodes(list) joins", Enum.sort([node, node()]) -- ask(node, :nodes, [[:this, :visible]]) == []
  check "nodes(nonsense) is badarg", error(node, :nodes, [:nonsense]) == :badarg

  check "sleep returns ok", ask(node, :sleep, [1]) == :ok
  check "sleep(0) returns ok", ask(node, :sleep, [0]) == :ok

  test "sleep takes its time, and holds up nobody", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :sleep, [400])
    {elsewhere, 3} = CityCase.timed(fn -> ask(node, :add, [1, 2]) end)
    {rest, :ok} = CityCase.timed(fn -> :erpc.receive_response(request) end)
    assert elsewhere < 300
    assert elsewhere + rest in 390..2_000
  end
end
