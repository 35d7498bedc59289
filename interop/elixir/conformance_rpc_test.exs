defmodule ConformanceRpcTest do
  @moduledoc "The forms of rpc and erpc, those of old nodes and of C programs too."
  use PeerCase
  @compile {:no_warn_undefined, :city_peer}

  # -- the forms of rpc and erpc

  check "rpc:call", :rpc.call(node, :city_peer, :add, [1, 2]) == 3
  check "rpc:call with timeout", :rpc.call(node, :city_peer, :sleep, [2000], 100) == {:badrpc, :timeout}
  check "rpc:call: throw is a value", :rpc.call(node, :city_peer, :throw, [:ball]) == :ball
  check "rpc:call: exit", :rpc.call(node, :city_peer, :exit, [:out]) == {:badrpc, {:EXIT, :out}}

  check "rpc:call: error", {:badrpc, {:EXIT, {:oops, [{:city_peer, :error, _, _} | _]}}} = :rpc.call(node, :city_peer, :error, [:oops])
  check "rpc:call: undef", {:badrpc, {:EXIT, {:undef, [{:city_peer, :f, [], _} | _]}}} = :rpc.call(node, :city_peer, :f, [])
  check "rpc:call: no node", :rpc.call(nowhere(), :city_peer, :add, [1, 2]) == {:badrpc, :nodedown}
  check "rpc:block_call", :rpc.block_call(node, :city_peer, :add, [1, 2]) == 3
  check "rpc:block_call: throw is a value", :rpc.block_call(node, :city_peer, :throw, [:ball]) == :ball
  check "rpc:block_call: exit", {:badrpc, {:EXIT, :out}} = :rpc.block_call(node, :city_peer, :exit, [:out])
  check "rpc:block_call: error", {:badrpc, {:EXIT, {:oops, [_ | _]}}} = :rpc.block_call(node, :city_peer, :error, [:oops])
  check "rpc:async_call", :rpc.yield(:rpc.async_call(node, :city_peer, :add, [2, 2])) == 4
  check "rpc:multicall", :rpc.multicall([node, nowhere()], :city_peer, :node, []) == {[node], [nowhere()]}

  test "rpc:cast", %{node: node} do
    assert :rpc.cast(node, :city_peer, :send, [self(), :cast]) == true
    assert next() == :cast
  end

  test "rpc:eval_everywhere", %{node: node} do
    :rpc.eval_everywhere([node], :city_peer, :send, [self(), :everywhere])
    assert next() == :everywhere
  end

  test "rpc:abcast", %{node: node} do
    :rpc.abcast([node], :echo, {self(), :abcast})
    assert {_, :abcast} = next()
  end

  test "rpc:sbcast tells who has the name", %{node: node} do
    assert :rpc.sbcast([node], :echo, {self(), :sbcast}) == {[node], []}
    assert {_, :sbcast} = next()
    assert :rpc.sbcast([node], :nobody, :x) == {[], [node]}
  end

  check "rpc:parallel_eval on all nodes", :rpc.parallel_eval([{:lists, :sum, [[1, 2]]}]) == [3]

  check "a call to rex as old nodes send it",
        GenServer.call({:rex, node}, {:call, :city_peer, :add, [5, 6], Process.group_leader()}) == 11

  test "calls to rex run side by side", %{node: node} do
    slow = :gen_server.send_request({:rex, node}, {:call, :city_peer, :sleep, [300], self()})
    {ms, 3} = CityCase.timed(fn -> GenServer.call({:rex, node}, {:call, :city_peer, :add, [1, 2], self()}) end)
    assert ms < 250
    assert :gen_server.receive_response(slow, 5_000) == {:reply, :ok}
  end

  test "a call to rex as C programs send it", %{node: node} do
    send({:rex, node}, {self(), {:call, :city_peer, :add, [7, 8], Process.group_leader()}})
    assert next() == {:rex, 15}
  end

  test "a call to rex writes to the group leader that it names", %{node: node} do
    {:ok, output} = StringIO.open("")
    assert GenServer.call({:rex, node}, {:call, :city_peer, :group_leader_put, ["by rex"], output}) == :ok
    assert elem(StringIO.contents(output), 1) == "by rex"
  end

  test "rex survives what it does not understand", %{node: node} do
    for junk <- [:x, {:call, 1}, {self(), {:call, 1}}, {self(), :features_request_not}], do: send({:rex, node}, junk)
    GenServer.cast({:rex, node}, {:cast, :no_such})
    assert :rpc.block_call(node, :city_peer, :node, []) == node
  end

  check "erpc:call", :erpc.call(node, :city_peer, :add, [1, 2]) == 3
  check "erpc:call of an external fun", :erpc.call(node, &:city_peer.node/0) == node

  check "erpc:call: timeout",
        {:error, {:erpc, :timeout}} =
          (try do
             :erpc.call(node, :city_peer, :sleep, [2000], 100)
           catch
             class, reason -> {class, reason}
           end)

  test "erpc:send_request, wait_response", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :sleep, [150])
    assert :erpc.wait_response(request, 20) == :no_response
    assert :erpc.wait_response(request, 5_000) == {:response, :ok}
  end

  test "erpc:check_response", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :identity, [:checked])
    assert :erpc.check_response(next(), request) == {:response, :checked}
  end

  test "erpc:send_request that fails", %{node: node} do
    request = :erpc.send_request(node, :city_peer, :exit, [:later])
    assert catch_exit(:erpc.receive_response(request, 5_000)) == {:exception, :later}
  end

  check "erpc:multicall",
        :erpc.multicall([node, nowhere(), node], :city_peer, :node, [], 5_000) ==
          [{:ok, node}, {:error, {:erpc, :noconnection}}, {:ok, node}]

  test "erpc:cast", %{node: node} do
    assert :erpc.cast(node, :city_peer, :send, [self(), :by_cast]) == :ok
    assert next() == :by_cast
  end

  test "erpc:multicast", %{node: node} do
    assert :erpc.multicast([node, node], :city_peer, :send, [self(), :twice]) == :ok
    assert [next(), next(), next(50)] == [:twice, :twice, :silence]
  end

  test "two hundred callers at once", %{node: node} do
    tasks = for i <- 1..200, do: Task.async(fn -> for j <- 1..10, do: ask(node, :add, [i, j]) end)
    for {task, i} <- Enum.with_index(tasks, 1), do: assert(Task.await(task, 30_000) == for(j <- 1..10, do: i + j))
  end
end
