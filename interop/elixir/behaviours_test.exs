defmodule BehaviourTeller do
  @moduledoc "What the C++ node calls."
  use GenServer

  def init(kept), do: {:ok, kept}
  def handle_call({:add, a, b}, _from, kept), do: {:reply, a + b, kept}
  def handle_call(:kept, _from, kept), do: {:reply, kept, kept}

  def handle_call(:slow, _from, kept) do
    Process.sleep(500)
    {:reply, :late, kept}
  end

  def handle_cast({:keep, kept}, _), do: {:noreply, kept}
end

defmodule BehavioursTest do
  @moduledoc "interop/cpp/behaviours.cpp: state machines, event managers, agents and servers of C++, as BEAMs use them."
  use CityCase
  @moduletag city: false

  setup context do
    node = fresh_node("behaviours")
    program = Program.start(:behaviours, [node, cookie()], node)
    Program.await_line(program, ~r/^READY$/)
    on_exit(fn -> CityCase.end_city(program, context[:says] || "") end)
    true = Node.connect(node)
    %{node: node, program: program}
  end

  test "a state machine answers gen_statem:call and cast, postpones and times out", %{node: node} do
    door = {:door, node}
    assert :gen_statem.call(door, :state) == :locked
    waiting = Task.async(fn -> :gen_statem.call(door, :close, 5_000) end)
    assert Task.yield(waiting, 50) == nil
    assert :gen_statem.call(door, :open) == :ok
    assert Task.await(waiting) == :ok
    assert :gen_statem.call(door, :state) == :locked
    assert :gen_statem.call(door, :open) == :ok
    assert :gen_statem.cast(door, :slam) == :ok
    assert :gen_statem.call(door, :state) == :locked
    assert :gen_statem.call(door, :open) == :ok
    Process.sleep(500)
    assert :gen_statem.call(door, :state) == :locked
    request = :gen_statem.send_request(door, :state)
    assert :gen_statem.receive_response(request, 5_000) == {:reply, :locked}
  end

  test "a state machine answers sys, and ends by gen_statem:stop and bad calls", %{node: node} do
    door = {:door, node}
    assert :sys.get_state(door) in [{:locked, 0}, {:ok, {:locked, 0}}]
    assert {:status, pid, {:module, :gen_statem}, [_, :running, _, [], misc]} = :sys.get_status(door)
    assert {:header, ~c"Status for state machine door"} in misc
    ref = Process.monitor(pid)
    assert {{:bad_call, :unknown}, {:gen_statem, :call, _}} = catch_exit(:gen_statem.call(door, :unknown))
    assert_receive {:DOWN, ^ref, _, _, {:bad_call, :unknown}}, 5_000
    assert {:noproc, _} = catch_exit(:gen_statem.call(door, :state))
  end

  @tag says: "event handler sum is taken out: {bad_call,odd}\n"
  test "an event manager answers gen_event", %{node: node} do
    bus = {:bus, node}
    assert :gen_event.which_handlers(bus) == [:quiet, :sum]
    assert :gen_event.notify(bus, 2) == :ok
    assert :gen_event.sync_notify(bus, 40) == :ok
    assert :gen_event.notify(bus, "no number") == :ok
    assert :gen_event.call(bus, :sum, :sum) == 42
    assert :gen_event.call(bus, :nobody, :sum) == {:error, :bad_module}
    assert {:EXIT, {:undef, [{NoSuchHandler, :init, [1], _} | _]}} = :gen_event.add_handler(bus, NoSuchHandler, 1)
    assert :gen_event.delete_handler(bus, :nobody, :x) == {:error, :module_not_found}
    assert {:error, {:EXIT, {:bad_call, :odd}}} = :gen_event.call(bus, :sum, :odd)
    assert :gen_event.which_handlers(bus) == [:quiet]
    assert {:status, pid, {:module, :gen_event}, [_, :running, _, [], _]} = :sys.get_status(bus)
    ref = Process.monitor(pid)
    assert :gen_event.stop(bus) == :ok
    assert_receive {:DOWN, ^ref, _, _, :normal}, 5_000
  end

  test "an agent runs exported functions, and refuses closures", %{node: node} do
    tally = {:tally, node}
    assert Agent.get(tally, :tally, :plus, [10]) == 11
    assert Agent.update(tally, :tally, :plus, [10]) == :ok
    assert Agent.get(tally, &:tally.twice/1) == 22
    assert Agent.cast(tally, &:tally.twice/1) == :ok
    assert :sys.get_state(tally) in [22, {:ok, 22}]
    assert {:error, {:cannot_run, fun}} = Agent.get(tally, fn n -> n end)
    assert is_function(fun)
    assert :sys.get_state(tally) in [22, {:ok, 22}]
    assert Agent.stop(tally) == :ok
  end

  test "a server goes on with work before the next message, and ends in order", %{node: node, program: program} do
    worker = {:worker, node}
    requests = [:gen_server.send_request(worker, {:do, :work}), :gen_server.send_request(worker, :log)]
    assert [{:reply, :ok}, {:reply, [:asked, :work]}] = for(r <- requests, do: :gen_server.receive_response(r, 5_000))
    GenServer.cast(worker, :end)
    assert Program.await_line(program, ~r/^worker ends: ended$/)
  end

  test "GenServer.stop runs on_terminate", %{node: node, program: program} do
    assert GenServer.stop({:worker, node}, :shutdown) == :ok
    assert Program.await_line(program, ~r/^worker ends: shutdown$/)
  end

  @tag :capture_log
  test "a C++ node sends requests, calls many nodes, asks sys, and awaits work here" do
    start_supervised!(%{id: :teller, start: {GenServer, :start_link, [BehaviourTeller, 0, [name: :teller]]}})
    visitor = Program.start(:behaviours, [fresh_node("asking"), cookie(), node()])
    {status, _} = Program.await_exit(visitor, 60_000)
    assert {status, Enum.reject(Program.lines(visitor), &(&1 =~ ~r/^ok /))} == {0, ["DONE"]}
  end
end
