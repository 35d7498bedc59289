defmodule Beamnode.TreeTest do
  @moduledoc "A program and processes of its node, under a supervisor."
  use ExUnit.Case
  import Support

  setup do
    Process.flag(:trap_exit, true)
    node = fresh_node()
    %{node: node, port: {Beamnode.Port, node: node, command: engine(node)}}
  end

  defp counter(node, name, n, more \\ []) do
    {Beamnode.Child, [node: node, id: name, start: {Engine, :counter, [name, n]}] ++ more}
  end

  defp pid(sup, id), do: for({^id, pid, _, _} <- Supervisor.which_children(sup), do: pid) |> hd()
  defp add(node, name), do: GenServer.call({name, node}, {:add, 1})

  defp again?(node, name) do
    is_integer(add(node, name))
  catch
    :exit, _ -> false
  end

  test "a crash of the process is its own", %{node: node, port: port} do
    {:ok, sup} =
      Supervisor.start_link([port, counter(node, :one, 5), counter(node, :two, 7)],
        strategy: :one_for_one
      )

    os_pid = Beamnode.Port.os_pid(pid(sup, node))
    [one, two] = [pid(sup, :one), pid(sup, :two)]
    assert {add(node, :one), add(node, :two)} == {6, 8}
    ref = Process.monitor(one)
    GenServer.cast(one, :crash)
    assert_receive {:DOWN, ^ref, :process, ^one, {{:cxx_exception, "no more numbers"}, _}}, 5_000
    eventually(fn -> is_pid(pid(sup, :one)) and pid(sup, :one) != one end)
    assert {add(node, :one), add(node, :two)} == {6, 9}
    assert pid(sup, :two) == two
    assert Beamnode.Port.os_pid(pid(sup, node)) == os_pid
    Supervisor.stop(sup)
  end

  for {what, harm} <- [
        {"SIGSEGV", quote(do: fn _node, os_pid -> signal(os_pid, "SEGV") end)},
        {"kill -9", quote(do: fn _node, os_pid -> signal(os_pid, "KILL") end)},
        {"abort()", quote(do: fn node, _os_pid -> GenServer.cast({:one, node}, :fault) end)}
      ] do
    test "#{what} of the program: both are started anew", %{node: node, port: port} do
      {:ok, sup} =
        Supervisor.start_link([port, counter(node, :one, 5)],
          strategy: :rest_for_one,
          max_restarts: 5
        )

      os_pid = Beamnode.Port.os_pid(pid(sup, node))
      assert add(node, :one) == 6
      unquote(harm).(node, os_pid)
      eventually(fn -> not runs?(os_pid) end)
      eventually(fn -> again?(node, :one) end)
      assert Beamnode.Port.os_pid(pid(sup, node)) != os_pid
      assert Process.alive?(sup)
      Supervisor.stop(sup)
    end
  end

  test "children end in the reverse order, the program last", %{node: node, port: port} do
    {:ok, sup} =
      Supervisor.start_link([port, counter(node, :a, 1), counter(node, :b, 1)],
        strategy: :one_for_one
      )

    os_pid = Beamnode.Port.os_pid(pid(sup, node))
    for name <- [:a, :b], do: Process.monitor({name, node})
    Supervisor.stop(sup)
    assert_receive {:DOWN, _, :process, {first, ^node}, :shutdown}, 5_000
    assert_receive {:DOWN, _, :process, {second, ^node}, :shutdown}, 5_000
    assert {first, second} == {:b, :a}
    refute runs?(os_pid)
  end

  test "too many crashes end the supervisor, and the program", %{node: node, port: port} do
    {:ok, sup} =
      Supervisor.start_link([port, counter(node, :one, 1)], strategy: :one_for_one, max_restarts: 2)

    os_pid = Beamnode.Port.os_pid(pid(sup, node))

    for _ <- 1..3 do
      eventually(fn -> again?(node, :one) end)
      GenServer.cast({:one, node}, :crash)
    end

    assert_receive {:EXIT, ^sup, :shutdown}, 10_000
    eventually(fn -> not runs?(os_pid) end)
  end

  test "what does not start says why", %{node: node, port: port} do
    {:ok, sup} = Supervisor.start_link([port], strategy: :one_for_one)
    assert {:error, {reason, _}} = Supervisor.start_child(sup, counter(node, :zero, 0))
    assert reason == {:bad_start, 0}

    assert {:error, {{:undef, _}, _}} =
             Supervisor.start_child(sup, {Beamnode.Child, node: node, start: {No, :such, []}})

    nowhere = fresh_node()

    assert {:error, {{:nodedown, ^nowhere}, _}} =
             Supervisor.start_child(sup, counter(nowhere, :a, 1, wait: 100))

    Supervisor.stop(sup)
  end
end
