defmodule EpmdTest do
  @moduledoc "A city and an epmd of its own, which comes and goes."
  use CityCase
  @moduletag city: false

  setup do
    port = free_port()
    on_exit(fn -> ask(port, "k") end)
    %{port: port}
  end

  # One request of epmd's protocol: "n" for the names it knows, "k" to end it.
  defp ask(port, request) do
    with {:ok, socket} <- :gen_tcp.connect({127, 0, 0, 1}, port, [:binary, active: false]) do
      :gen_tcp.send(socket, [<<byte_size(request)::16>>, request])
      all(socket, "")
    end
  end

  defp all(socket, so_far) do
    case :gen_tcp.recv(socket, 0, 2_000) do
      {:ok, more} -> all(socket, so_far <> more)
      {:error, _} -> so_far
    end
  end

  defp start_epmd(port), do: Program.start(:epmd, ["-port", port, "-address", "127.0.0.1"])

  defp knows(port, line) do
    Eventually.get(8_000, "epmd to know #{inspect(line)}", fn -> ask(port, "n") end, fn
      answer when is_binary(answer) -> answer =~ line
      {:error, _} -> false
    end)
  end

  defp start_city_with_epmd(node, port) do
    arguments = ["--name", node, "--cookie", cookie()]
    city = Program.start(:city, arguments, node, [{"ERL_EPMD_PORT", port}])
    on_exit(fn -> end_city(city) end)
    [_, own_port] = Regex.run(~r/port (\d+)$/, Program.await_line(city, ~r/is up/))
    Program.await_line(city, ~r/^READY$/)
    [short, _] = node |> to_string() |> String.split("@")
    {city, "name #{short} at port #{own_port}\n"}
  end

  test "a city registers anew, as before, when its epmd was killed and is back", %{port: port} do
    epmd = start_epmd(port)
    {city, line} = start_city_with_epmd(fresh_node("city"), port)
    assert knows(port, line)

    for _ <- 1..3 do
      Program.signal(epmd, "KILL")
      Program.await_exit(epmd)
      # It may be this one or one that the city started: the city is in it.
      start_epmd(port)
      assert knows(port, line)
    end

    assert Program.exit_status(city) == nil
  end

  test "where nothing listens, a city starts epmd itself", %{port: port} do
    {_city, line} = start_city_with_epmd(fresh_node("city"), port)
    assert knows(port, line)
  end

  # -- the one that a C++ node is, where there is no other ---------------------------------------

  @nowhere [{"PATH", "/nonexistent"}]

  defp start_embedding(node, port, arguments \\ ["--epmd", "embed"], environment \\ []) do
    start_member(node, arguments, [{"ERL_EPMD_PORT", port}] ++ environment)
  end

  defp beam_with_epmd(node, port, code) do
    start_beam(node, code, [], [{"ERL_EPMD_PORT", port}])
  end

  defp short(node), do: node |> to_string() |> String.split("@") |> hd()

  defp knows_node(port, node), do: knows(port, ~r/name #{short(node)} at port \d+$/m)

  test "BEAMs register with a C++ node, list its names and find each other and it", %{port: port} do
    member = start_embedding(fresh_node("member"), port)
    assert knows_node(port, member.node)
    one = fresh_node("one")
    two = fresh_node("two")
    beam_with_epmd(one, port, "register(answer, spawn(fun() -> receive {P, M} -> P ! M end end)).")
    assert knows_node(port, one)

    beam =
      beam_with_epmd(two, port, """
      {ok, Names} = erl_epmd:names({127,0,0,1}),
      [io:format("NAME ~s ~b~n", [N, P]) || {N, P} <- Names],
      pong = net_adm:ping('#{one}'),
      {answer, '#{one}'} ! {self(), hello},
      receive hello -> ok end,
      {echo, '#{member.node}'} ! {self(), hello},
      receive {_, hello} -> ok end,
      io:format("NODES ~b~n", [length(nodes())]),
      noport = erl_epmd:port_please("nobody", {127,0,0,1}),
      io:format("~s", [os:cmd("epmd -port #{port} -names")]),
      io:format("DONE~n").
      """)

    Program.await_line(beam, ~r/^DONE$/)
    lines = Program.lines(beam)
    for node <- [member.node, one, two], do: assert(Enum.any?(lines, &(&1 =~ "NAME #{short(node)} ")))
    assert "NODES 2" in lines
    assert "epmd: up and running on port #{port} with data:" in lines
    for node <- [member.node, one, two], do: assert(Enum.any?(lines, &(&1 =~ "name #{short(node)} at")))
    # A second node of the name is refused it.
    assert {1, _} = Program.await_exit(beam_with_epmd(one, port, "ok."))
    Program.signal(beam, "KILL")
    Eventually.holds(2_000, "the name to go", fn -> not (ask(port, "n") =~ short(two)) end)
  end

  test "when the C++ node that is epmd goes, the next one is, and BEAMs register anew", %{port: port} do
    first = start_embedding(fresh_node("first"), port)
    beam = fresh_node("beam")
    beam_with_epmd(beam, port, "ok.")
    assert knows_node(port, beam)
    second = start_embedding(fresh_node("second"), port)
    assert Program.count(second, ~r/is now the epmd/) == 0
    assert knows_node(port, second.node)

    kill_city(first)
    Program.await_line(second, ~r/is now the epmd of its host, on port #{port}$/)
    assert knows_node(port, beam)
    assert knows_node(port, second.node)
    refute ask(port, "n") =~ short(first.node)

    third = start_embedding(fresh_node("third"), port)
    end_city(second)
    Program.await_line(third, ~r/is now the epmd/)
    assert knows_node(port, beam)
    assert Program.exit_status(third) == nil
  end

  test "without an epmd on the PATH a C++ node is one by default", %{port: port} do
    member = start_embedding(fresh_node("member"), port, [], @nowhere)
    Program.await_line(member, ~r/is now the epmd/)
    assert knows_node(port, member.node)
    # It obeys no order to end while nodes are registered, and nobody may unregister others.
    assert ask(port, "k") == "NO"
    assert ask(port, "s" <> short(member.node)) == ""
    assert knows_node(port, member.node)
  end

  test "an epmd that runs is used, whatever the option", %{port: port} do
    start_epmd(port)
    knows(port, "")

    for use <- ["start_or_embed", "embed", "external"] do
      member = start_embedding(fresh_node(use), port, ["--epmd", use])
      assert knows_node(port, member.node)
      assert Program.count(member, ~r/is now the epmd/) == 0
    end
  end

  test "external: without an epmd the node does not start, and says why", %{port: port} do
    member = launch_member(fresh_node("member"), ["--epmd", "external"], [{"ERL_EPMD_PORT", port}])
    {status, errors} = Program.await_exit(member)
    assert status == 70
    assert errors =~ ~r/epmd at 127\.0\.0\.1:#{port}: no epmd could be reached/
    assert {:error, :econnrefused} = ask(port, "n")
  end

  test "none: the node is not registered and starts no epmd", %{port: port} do
    start_embedding(fresh_node("member"), port, ["--epmd", "none"])
    assert {:error, :econnrefused} = ask(port, "n")
  end
end
