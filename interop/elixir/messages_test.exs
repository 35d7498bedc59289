defmodule MessagesTest do
  use CityCase

  # Each of these must come back as it went.
  defp same(node, term) do
    {_pid, answer} = echo(node, term, 60_000)
    # Not ===: before OTP 27 that holds for 0.0 and -0.0 too. Not the assertion's own words: a
    # difference in megabytes is no help.
    assert :erlang.term_to_binary(answer) == :erlang.term_to_binary(term),
           "it came back changed: #{inspect(term, limit: 20, printable_limit: 100)}"
  end

  test "integers of every size", %{node: node} do
    for bits <- [7, 8, 9, 27, 28, 31, 32, 33, 59, 60, 63, 64, 65, 127, 128, 2039, 2040, 2041, 20_000],
        integer = Bitwise.bsl(1, bits),
        near <- [integer - 1, integer, integer + 1],
        do: same(node, {near, -near})

    same(node, [0, -1, 255, 256, -2_147_483_648, 2_147_483_647])
  end

  test "floats", %{node: node} do
    same(node, [0.0, -0.0, 1.5, -1.0e308, 5.0e-324, 1.7976931348623157e308, 0.1])
  end

  test "atoms, in every script and length", %{node: node} do
    same(node, [:ok, :"", nil, true, false, City, :"with space", :żółć, :日本語, :"😀"])
    same(node, String.to_atom(String.duplicate("a", 255)))
    same(node, String.to_atom(String.duplicate("ż", 255)))
  end

  test "binaries and bit strings", %{node: node} do
    same(node, ["", "text", <<0>>, <<255, 0, 254>>, String.duplicate("x", 65_536)])
    for bits <- 1..17, do: same(node, <<0x15555::size(bits)>>)
    same(node, :crypto.strong_rand_bytes(1_048_576))
  end

  test "lists: proper, improper, of bytes, long, deep", %{node: node} do
    same(node, [[], [1 | 2], [1, 2 | :tail], ~c"characters", [256], [[[[]]]]])
    same(node, Enum.to_list(1..65_535) |> Enum.map(&rem(&1, 256)))
    same(node, Enum.to_list(1..65_536) |> Enum.map(&rem(&1, 256)))
    same(node, Enum.reduce(1..200, [], fn _, inner -> [inner] end))
    same(node, Enum.to_list(1..100_000))
  end

  test "tuples and maps, small and large", %{node: node} do
    same(node, [{}, {1}, {:a, {:b, {:c}}}, List.to_tuple(Enum.to_list(1..300))])
    same(node, [%{}, %{a: 1}, %{{:key, 1} => %{"deep" => [%{1.5 => nil}]}}])
    {_, map} = echo(node, Map.new(1..5_000, &{&1, "value #{&1}"}))
    assert map == Map.new(1..5_000, &{&1, "value #{&1}"})
    same(node, [1..10//3, MapSet.new([:structs, :are, :maps])])
  end

  test "pids, ports and references, of this node and of the city", %{node: node} do
    port = Port.list() |> hd()
    echo_pid = echo_pid(node)
    same(node, [self(), port, make_ref(), :erlang.alias(), echo_pid])
    assert {^echo_pid, ^echo_pid} = echo(node, echo_pid)
  end

  test "functions come back as they went, and still run", %{node: node} do
    captured = 40
    {_, closure} = echo(node, fn more -> captured + more end)
    assert closure.(2) == 42
    {_, external} = echo(node, &Enum.sum/1)
    assert external == (&Enum.sum/1)
    {typed, _} = Code.eval_string("fn x -> x * 2 end")
    {_, evaluated} = echo(node, typed)
    assert evaluated.(21) == 42
  end

  test "what echo does not understand is no harm", %{node: node} do
    send({:echo, node}, :not_for_echo)
    send({:echo, node}, {1, 2, 3})
    assert {_, "still here"} = echo(node, "still here")
  end

  test "messages to nobody vanish and disturb nothing", %{node: node} do
    send({:nobody_by_that_name, node}, :hello)
    assert {pid, 1} = echo(node, 1)
    [_, middle, serial] = pid |> :erlang.pid_to_list() |> to_string() |> String.split(".")
    assert is_binary(middle) and is_binary(serial)
    assert {^pid, 2} = echo(node, 2)
  end

  test "64 MiB there and back", %{node: node} do
    large = :crypto.strong_rand_bytes(64 * 1_048_576)
    {_, answer} = echo(node, large, 120_000)
    assert :crypto.hash(:sha256, answer) == :crypto.hash(:sha256, large)
  end

  test "a message with a trace token arrives", %{node: node} do
    :seq_trace.set_token(:label, 17)
    :seq_trace.set_token(:send, true)
    send({:echo, node}, {self(), "traced"})
    assert GenServer.call({:counter, node}, {:add, 1}) == 1
    :seq_trace.set_token([])
    assert_receive {_pid, "traced"}, 5_000
  after
    :seq_trace.set_token([])
  end

  test "an alias gets one answer, and none once it is gone", %{node: node} do
    address = :erlang.alias([:reply])
    send({:echo, node}, {address, "first"})
    assert_receive {_, "first"}, 5_000
    send({:echo, node}, {address, "second"})
    still = :erlang.alias()
    send({:echo, node}, {still, "third"})
    assert_receive {_, "third"}, 5_000
    :erlang.unalias(still)
    send({:echo, node}, {still, "fourth"})
    assert {_, "fifth"} = echo(node, "fifth")
    refute_received {_, "second"}
    refute_received {_, "fourth"}
  end

  @tag timeout: 600_000
  test "100,000 messages from each of two senders, both ways at once, none lost or reordered", %{node: node} do
    count = 100_000
    test_process = self()

    for sender <- [:one, :two] do
      collector = spawn_link(fn -> collect(sender, count, test_process) end)
      spawn_link(fn -> for i <- 1..count, do: send({:echo, node}, {collector, {sender, i}}) end)
    end

    for sender <- [:one, :two], do: assert_receive({^sender, :in_order}, 500_000)
  end

  defp collect(sender, count, report_to) do
    for i <- 1..count do
      receive do
        {_echo, {got_sender, got}} ->
          {got_sender, got} == {sender, i} || exit({:expected, {sender, i}, :got, {got_sender, got}})
      after
        120_000 -> exit({:lost_after, i})
      end
    end

    receive do
      extra -> exit({:one_too_many, extra})
    after
      50 -> send(report_to, {sender, :in_order})
    end
  end
end
