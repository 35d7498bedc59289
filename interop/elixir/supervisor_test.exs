defmodule SupervisorTest do
  @moduledoc """
  The supervisors of node/examples/supervised_crash.cpp, asked as if they were OTP's, and a process of
  node/examples/mounted_child.cpp under a supervisor of this BEAM, which asks for it as Erlang does:
  with no module of ours.
  """
  use CityCase

  @moduletag city: false

  defp start_example(kind, prefix) do
    node = fresh_node(prefix)
    program = Program.start(kind, ["--name", node, "--cookie", cookie()], node)
    Program.await_line(program, ~r/^READY$/)
    ExUnit.Callbacks.on_exit(fn -> end_city(program) end)
    true = Node.connect(node)
    {program, node}
  end

  defp shop(_) do
    {program, node} = start_example(:supervised_crash, "shop")
    %{program: program, node: node, shop: {:shop, node}, queue: {:queue, node}}
  end

  describe "a supervisor of the other node" do
    setup :shop

    test "tells of its children as OTP's does", %{shop: shop, queue: queue} do
      assert [{:queue, queue_pid, :supervisor, [:beamnode]}, {:till, till, :worker, [:beamnode]}] =
               Supervisor.which_children(shop)

      assert is_pid(queue_pid) and is_pid(till)
      assert Supervisor.count_children(shop) == %{specs: 2, active: 2, supervisors: 1, workers: 1}
      assert :supervisor.count_children(shop) == [specs: 2, active: 2, supervisors: 1, workers: 1]
      assert Supervisor.count_children(queue) == %{specs: 1, active: 0, supervisors: 0, workers: 0}

      assert :supervisor.get_childspec(shop, :till) ==
               {:ok,
                %{
                  id: :till,
                  start: {:beamnode, :child, [:till]},
                  restart: :permanent,
                  shutdown: 5000,
                  significant: false,
                  type: :worker,
                  modules: [:beamnode]
                }}

      assert :supervisor.get_childspec(shop, :nobody) == {:error, :not_found}
    end

    test "restarts a till that crashes, and the queue after it", %{shop: shop, node: node, program: program} do
      assert GenServer.call({:till, node}, {:sell, 250}) == 250
      [{_, queue, _, _}, {_, till, _, _}] = Supervisor.which_children(shop)
      refs = for pid <- [queue, till], do: {pid, Process.monitor(pid)}
      GenServer.cast({:till, node}, :crash)

      for {pid, ref} <- refs do
        wanted = if pid == till, do: {:cxx_exception, "out of paper"}, else: :shutdown
        assert_receive {:DOWN, ^ref, :process, ^pid, ^wanted}, 5_000
      end

      Eventually.holds(5_000, "a new till", fn ->
        match?([{:queue, q, _, _}, {:till, t, _, _}] when is_pid(q) and is_pid(t), Supervisor.which_children(shop))
      end)

      assert GenServer.call({:till, node}, {:sell, 1}) == 1
      Program.await_line(program, ~r/supervisor .* child till ended: \{cxx_exception,<<"out of paper">>\}/)
    end

    test "starts, ends and forgets children of its queue", %{queue: queue, program: program, node: node} do
      assert {:ok, bob} = :supervisor.start_child(queue, ["bob"])
      assert {:ok, eve} = :supervisor.start_child(queue, ["eve"])
      assert node(bob) == node
      assert {:error, {:badarg, _}} = :supervisor.start_child(queue, [1, 2])
      assert {:error, {:badarg, _}} = :supervisor.start_child(queue, [1])
      Program.await_line(program, ~r/^bob waits$/)
      assert %{active: 2, workers: 2} = Supervisor.count_children(queue)
      ref = Process.monitor(bob)
      send(bob, :served)
      assert_receive {:DOWN, ^ref, :process, ^bob, :normal}, 5_000
      assert [{:undefined, ^eve, :worker, [:beamnode]}] = Supervisor.which_children(queue)
      assert :supervisor.terminate_child(queue, eve) == :ok
      assert :supervisor.terminate_child(queue, eve) == :ok
      assert :supervisor.terminate_child(queue, self()) == {:error, :not_found}
      assert :supervisor.terminate_child(queue, :customer) == {:error, :simple_one_for_one}
      assert Supervisor.delete_child(queue, :customer) == {:error, :simple_one_for_one}
      assert Supervisor.restart_child(queue, :customer) == {:error, :simple_one_for_one}
      assert Supervisor.which_children(queue) == []
    end

    test "ends, restarts and forgets children by their ids", %{shop: shop} do
      assert Supervisor.restart_child(shop, :till) == {:error, :running}
      assert Supervisor.delete_child(shop, :till) == {:error, :running}
      assert Supervisor.terminate_child(shop, :till) == :ok
      assert {:till, :undefined, :worker, [:beamnode]} in Supervisor.which_children(shop)
      assert {:ok, till} = Supervisor.restart_child(shop, :till)
      assert {:till, till, :worker, [:beamnode]} in Supervisor.which_children(shop)
      assert Supervisor.terminate_child(shop, :till) == :ok
      assert Supervisor.delete_child(shop, :till) == :ok
      assert Supervisor.terminate_child(shop, :till) == {:error, :not_found}
      assert {:error, :missing_start} = :supervisor.start_child(shop, %{id: 1})
      assert {:error, {:invalid_child_spec, :what}} = :supervisor.start_child(shop, :what)
      wrong = %{id: 1, start: {:no_such, :thing, []}}

      assert {:error, {{:undef, _}, {:child, :undefined, 1, {:no_such, :thing, []}, :permanent, false, 5000, :worker, [:no_such]}}} =
               :supervisor.start_child(shop, wrong)
    end

    test "gives up after too many restarts, and takes all along", %{shop: shop, node: node} do
      ref = Process.monitor(shop)

      for _ <- 1..3 do
        Eventually.holds(5_000, "a till", fn -> match?({_, _}, catch_call({:till, node}, {:sell, 1})) end)
        GenServer.cast({:till, node}, :crash)
      end

      assert_receive {:DOWN, ^ref, :process, _, :shutdown}, 5_000
      assert {:noproc, _} = catch_exit(GenServer.call({:queue, node}, :count_children))
    end

    test "ends a supervisor among its children, the children of that first", %{shop: shop, queue: queue} do
      {:ok, bob} = :supervisor.start_child(queue, ["bob"])
      for who <- [queue, bob], do: Process.monitor(who)
      assert Supervisor.terminate_child(shop, :queue) == :ok
      assert_receive {:DOWN, _, :process, ^bob, :shutdown}, 5_000
      assert_receive {:DOWN, _, :process, ^queue, :shutdown}, 5_000
    end
  end

  defp catch_call(server, request) do
    {:ok, GenServer.call(server, request)}
  catch
    :exit, reason -> reason
  end

  describe "a process of the other node under a supervisor of this one" do
    setup do
      {program, node} = start_example(:mounted_child, "engine")
      %{program: program, node: node}
    end

    defp spec(node, name, n, more \\ []) do
      order = {:start_link, Engine, :counter, [name, n]}
      Map.merge(%{id: name, start: {:gen_server, :call, [{:beamnode, node}, order, :infinity]}}, Map.new(more))
    end

    test "starts, is linked to it, and is restarted when it crashes", %{node: node} do
      {:ok, sup} = Supervisor.start_link([spec(node, :one, 5)], strategy: :one_for_one)
      assert [{:one, pid, :worker, _}] = Supervisor.which_children(sup)
      assert node(pid) == node
      assert pid in (Process.info(sup, :links) |> elem(1))
      assert GenServer.call({:one, node}, {:add, 2}) == 7
      ref = Process.monitor(pid)
      GenServer.cast({:one, node}, :crash)
      assert_receive {:DOWN, ^ref, :process, ^pid, {{:cxx_exception, "no more numbers"}, [_ | _]}}, 5_000

      Eventually.holds(5_000, "a new life", fn ->
        match?([{:one, new, _, _}] when is_pid(new) and new != pid, Supervisor.which_children(sup))
      end)

      assert GenServer.call({:one, node}, {:add, 2}) == 7
    end

    test "ends with shutdown, in the reverse order", %{node: node} do
      {:ok, sup} = Supervisor.start_link([spec(node, :a, 1), spec(node, :b, 1)], strategy: :one_for_one)
      for name <- [:a, :b], do: Process.monitor({name, node})
      :ok = Supervisor.stop(sup)
      assert_receive {:DOWN, _, :process, {first, ^node}, :shutdown}, 5_000
      assert_receive {:DOWN, _, :process, {second, ^node}, :shutdown}, 5_000
      assert {first, second} == {:b, :a}
    end

    test "a start that fails is the supervisor's failure", %{node: node} do
      Process.flag(:trap_exit, true)

      assert {:error, {:shutdown, {:failed_to_start_child, :a, {:bad_start, 0}}}} =
               Supervisor.start_link([spec(node, :a, 0)], strategy: :one_for_one)

      {:ok, sup} = Supervisor.start_link([spec(node, :a, 1)], strategy: :one_for_one)
      assert {:error, :name_taken} = Supervisor.start_child(sup, %{spec(node, :a, 1) | id: :again}) |> reason()
      undef = %{id: :u, start: {:gen_server, :call, [{:beamnode, node}, {:start_link, No, :such, []}, :infinity]}}
      assert {:error, {:undef, _}} = Supervisor.start_child(sup, undef) |> reason()
      refute_receive {:EXIT, ^sup, _}, 100
      Supervisor.stop(sup)
    end

    defp reason({:error, {reason, {:child, _, _, _, _, _, _, _, _}}}), do: {:error, reason}
    defp reason(other), do: other

    test "dies with its supervisor", %{node: node} do
      Process.flag(:trap_exit, true)
      {:ok, sup} = Supervisor.start_link([spec(node, :a, 1)], strategy: :one_for_one)
      ref = Process.monitor({:a, node})
      Process.exit(sup, :kill)
      assert_receive {:DOWN, ^ref, :process, _, :killed}, 5_000
    end
  end
end
