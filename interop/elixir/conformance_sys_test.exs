defmodule ConformanceSysTest do
  @moduledoc "System messages to a gen_server of city_peer, as `sys` and observer send them."
  use PeerCase

  setup %{node: node} do
    GenServer.cast({:counter, node}, :reset)
    %{counter: {:counter, node}}
  end

  # The reply to a system message as it comes.
  defp raw(server, message) do
    ref = make_ref()
    send(server, {:system, {self(), ref}, message})
    receive(do: ({^ref, reply} -> reply), after: (2_000 -> :silence))
  end

  # Before OTP 26 a BEAM answers get_state with the bare state.
  defp state({:ok, {n, infos}}), do: {n, infos}
  defp state({n, infos}), do: {n, infos}

  test "get_state", %{counter: counter} do
    {0, infos} = state(:sys.get_state(counter))
    send(counter, :an_info)
    assert GenServer.call(counter, {:add, 7}) == 7
    assert state(:sys.get_state(counter)) == {7, infos + 1}
    assert state(raw(counter, :get_state)) == {7, infos + 1}
  end

  test "get_status has the shape that tools take apart", %{counter: counter, node: node} do
    pid = pid_of(node, :counter)

    assert {:status, ^pid, {:module, :gen_server}, [dictionary, :running, parent, [], misc]} = :sys.get_status(counter)
    assert is_pid(parent) and is_list(dictionary)
    assert {_, _, _} = dictionary[:"$initial_call"]
    assert [{:header, ~c"Status for generic server counter"}, {:data, about}, {:data, data}] = misc
    assert [{~c"Status", :running}, {~c"Parent", ^parent}, {~c"Logged events", []}] = about
    assert [{~c"State", {0, _}}] = data
  end

  test "a suspended server takes nothing, and everything in order when resumed", %{counter: counter} do
    :ok = :sys.suspend(counter)
    assert {:status, _, _, [_, :suspended, _, _, _]} = :sys.get_status(counter)
    requests = for i <- 1..50, do: :gen_server.send_request(counter, {:add, i})
    GenServer.cast(counter, {:add, 1000})
    assert :gen_server.wait_response(hd(requests), 50) == :timeout
    assert {0, _} = state(:sys.get_state(counter))
    :ok = :sys.suspend(counter)
    :ok = :sys.resume(counter)
    sums = for r <- requests, do: :gen_server.receive_response(r, 5_000)
    assert sums == for(i <- 1..50, do: {:reply, div(i * (i + 1), 2)})
    assert GenServer.call(counter, :get) == 2275
    :ok = :sys.resume(counter)
  end

  test "terminate ends it with that reason", %{counter: counter, node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    assert :sys.terminate(counter, :bye) == :ok
    assert reason_of({old, ref}) == :bye
    Eventually.get(5_000, "another counter", fn -> pid_of(node, :counter) end, &(is_pid(&1) and &1 != old))
  end

  test "GenServer.stop ends it", %{node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    assert GenServer.stop(old, :shutdown, 5_000) == :ok
    assert reason_of({old, ref}) == :shutdown
    Eventually.get(5_000, "another counter", fn -> pid_of(node, :counter) end, &(is_pid(&1) and &1 != old))
  end

  test "terminate of a suspended server", %{counter: counter, node: node} do
    old = pid_of(node, :counter)
    ref = Process.monitor(old)
    :ok = :sys.suspend(old)
    assert :sys.terminate(counter, :bye) == :ok
    assert reason_of({old, ref}) == :bye
    Eventually.get(5_000, "another counter", fn -> pid_of(node, :counter) end, &(is_pid(&1) and &1 != old))
  end

  test "unknown system messages", %{counter: counter} do
    assert raw(counter, :foo) == {:error, {:unknown_system_msg, :foo}}
    assert raw(counter, {:foo, 1}) == {:error, {:unknown_system_msg, {:foo, 1}}}
    assert :sys.change_code(counter, :m, 1, :x) == {:error, {:unknown_system_msg, {:change_code, :m, 1, :x}}}
  end

  test "replace_state with what is no function", %{counter: counter} do
    assert raw(counter, {:replace_state, :x}) ==
             {:error, {:callback_failed, {:gen_server, :system_replace_state}, {:error, {:badfun, :x}}}}

    assert {:callback_failed, {:gen_server, :system_replace_state}, {:error, {:badfun, :x}}} =
             catch_error(:sys.replace_state(counter, :x)) |> then(fn
               {:EXIT, reason} -> reason
               reason -> reason
             end)
  end

  test "replace_state with a function of a module that is not there", %{counter: counter} do
    assert {:error, {:callback_failed, {:gen_server, :system_replace_state}, {:error, :undef}}} =
             raw(counter, {:replace_state, &NoSuchModule.f/1})

    # A compiled fun of this node, whose module the target lacks.
    assert {:error, {:callback_failed, {:gen_server, :system_replace_state}, {:error, :undef}}} =
             raw(counter, {:replace_state, fn state -> state end})

    assert {0, _} = state(:sys.get_state(counter))
  end

  test "replace_state with a function of the target", %{counter: counter} do
    {0, infos} = state(:sys.get_state(counter))
    assert {_, _} = state(:sys.replace_state(counter, &:city_peer.identity/1))
    assert state(:sys.get_state(counter)) == {0, infos}
  end

  test "debug options", %{counter: counter} do
    assert :sys.no_debug(counter) == :ok
    assert :sys.log(counter, {true, 4}) == :ok
    assert GenServer.call(counter, {:add, 1}) == 1
    GenServer.cast(counter, {:add, 2})
    us = self()
    assert {:ok, events} = :sys.log(counter, :get)
    assert [{:in, {:"$gen_call", {^us, _}, {:add, 1}}}, {:out, 1, {^us, _}, {1, _}}, {:in, {:"$gen_cast", {:add, 2}}}, {:noreply, {3, _}}] = events
    assert :sys.log(counter, false) == :ok
    assert :sys.log(counter, :get) == {:ok, []}
    assert :sys.statistics(counter, :get) == {:ok, :no_statistics}
    assert :sys.statistics(counter, true) == :ok
    assert GenServer.call(counter, {:add, 1}) == 4
    assert {:ok, counts} = :sys.statistics(counter, :get)
    assert {counts[:messages_in], counts[:messages_out]} == {1, 1}
    assert {{_, _, _}, {_, _, _}} = counts[:start_time]
    assert :sys.statistics(counter, false) == :ok
    assert :sys.log_to_file(counter, "/no/such/directory/file") == {:error, :open_file}
    assert :sys.log_to_file(counter, false) == :ok
    assert raw(counter, {:debug, :whatever}) == :unknown_debug
    assert raw(counter, {:debug, {:log, :bogus}}) == :unknown_debug
    assert :sys.no_debug(counter) == :ok
  end

  test "sys messages to nobody", %{node: node} do
    assert {:noproc, {:sys, :get_state, [{:nobody, ^node}]}} = catch_exit(:sys.get_state({:nobody, node}))
  end
end
