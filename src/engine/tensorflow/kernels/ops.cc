// Registers the ops LookbackLstm and LookbackLstmGradient with TensorFlow, through its C interface, when the binding that contains them is loaded.
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <string>
#include <vector>

#include "lstm.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace lookback {
namespace {

using Shape = std::vector<int64_t>;

// One execution of an op: its arrays, and the first error, after which nothing else is asked for.
class Execution {
 public:
  explicit Execution(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}

  ~Execution() {
    if (failed()) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }

  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  bool failed() const { return TF_GetCode(status_) != TF_OK; }

  Shape shapeOf(int index) {
    const TF_Tensor* tensor = inputTensor(index);
    Shape shape;
    for (int axis = 0; tensor && axis < TF_NumDims(tensor); axis++) shape.push_back(TF_Dim(tensor, axis));
    return shape.empty() ? Shape{0} : shape;
  }

  // The input's numbers, or null and an error when there are not so many.
  const float* input(int index, int64_t count) {
    const TF_Tensor* tensor = inputTensor(index);
    if (!tensor) return nullptr;
    const int64_t given = TF_TensorElementCount(tensor);
    if (given == count) return static_cast<const float*>(TF_TensorData(tensor));
    fail("input " + std::to_string(index) + " has " + std::to_string(given) + " numbers where the others ask for " + std::to_string(count));
    return nullptr;
  }

  float* output(int index, const Shape& shape) {
    if (failed()) return nullptr;
    size_t length = sizeof(float);
    for (int64_t dim : shape) length *= size_t(dim);
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), int(shape.size()), length, status_);
    if (failed()) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

  void fail(const std::string& message) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, message.c_str()); }

  // Runs it when all arrays are there.
  template <typename Body>
  void run(const Body& body) {
    if (failed()) return;
    try {
      body();
    } catch (const std::bad_alloc&) {
      TF_SetStatus(status_, TF_RESOURCE_EXHAUSTED, "no memory is left for an LSTM layer");
    }
  }

 private:
  const TF_Tensor* inputTensor(int index) {
    if (failed()) return nullptr;
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    if (failed()) return nullptr;
    tensors_.push_back(tensor);
    return tensor;
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

struct Kernel {
  int32_t threads = 1;
  TF_Bool inputGradient = 1;
};

template <bool hasInputGradient>
void* createKernel(TF_OpKernelConstruction* construction) {
  Kernel* kernel = new Kernel;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(construction, "threads", &kernel->threads, status);
  if (hasInputGradient && TF_GetCode(status) == TF_OK) {
    TF_OpKernelConstruction_GetAttrBool(construction, "input_gradient", &kernel->inputGradient, status);
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return kernel;
}

void deleteKernel(void* kernel) { delete static_cast<Kernel*>(kernel); }

// The sizes that x [N,I] or another matrix of N rows, and a state [B,H], speak of.
LstmSize sizeOf(Execution& execution, const Shape& matrix, const Shape& state, int64_t inputs) {
  const int64_t rows = state.size() == 2 ? state[0] : 0;
  if (matrix.size() != 2 || rows == 0 || matrix[0] % rows != 0) {
    execution.fail("a matrix of T·B rows and a state of B rows are needed");
    return {};
  }
  return {matrix[0] / rows, rows, inputs, state[1]};
}

void computeForward(void* kernel, TF_OpKernelContext* context) {
  Execution execution(context);
  const Shape x = execution.shapeOf(0);
  const LstmSize size = sizeOf(execution, x, execution.shapeOf(1), x.back());
  const int64_t N = size.allRows(), state = size.rows * size.units;
  LstmForward arrays;
  arrays.x = execution.input(0, N * size.inputs);
  arrays.initialH = execution.input(1, state);
  arrays.initialC = execution.input(2, state);
  arrays.w = execution.input(3, size.joined() * size.gates());
  arrays.b = execution.input(4, size.gates());
  arrays.joined = execution.output(0, {N, size.joined()});
  arrays.gates = execution.output(1, {N, size.gates()});
  arrays.c = execution.output(2, {N, size.units});
  arrays.h = execution.output(3, {N, size.units});
  execution.run([&] { lstmForward(size, arrays, static_cast<Kernel*>(kernel)->threads); });
}

void computeBackward(void* kernel, TF_OpKernelContext* context) {
  const bool inputGradient = static_cast<Kernel*>(kernel)->inputGradient;
  Execution execution(context);
  const Shape joined = execution.shapeOf(0), state = execution.shapeOf(3);
  const LstmSize size = sizeOf(execution, joined, state, joined.back() - state.back());
  const int64_t N = size.allRows();
  LstmBackward arrays;
  arrays.joined = execution.input(0, N * size.joined());
  arrays.gates = execution.input(1, N * size.gates());
  arrays.c = execution.input(2, N * size.units);
  arrays.initialC = execution.input(3, size.rows * size.units);
  arrays.w = execution.input(4, size.joined() * size.gates());
  arrays.dh = execution.input(5, N * size.units);
  arrays.dw = execution.output(0, {size.joined() * size.gates()});
  arrays.db = execution.output(1, {size.gates()});
  float* dx = execution.output(2, inputGradient ? Shape{N, size.inputs} : Shape{0});
  arrays.dx = inputGradient ? dx : nullptr;
  execution.run([&] { lstmBackward(size, arrays, static_cast<Kernel*>(kernel)->threads); });
}

// TensorFlow asks for it; ops that run at once have no use for it.
void unknownShapes(TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

struct OpDefinition {
  const char* name;
  std::initializer_list<const char*> inputs;
  std::initializer_list<const char*> outputs;
  std::initializer_list<const char*> attributes;
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
};

void check(const TF_Status* status) {
  if (TF_GetCode(status) == TF_OK) return;
  std::fprintf(stderr, "The LSTM ops could not be registered: %s\n", TF_Message(status));
  std::abort();
}

void registerOp(const OpDefinition& op) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(op.name);
  for (const char* input : op.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : op.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : op.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, unknownShapes);
  TF_RegisterOpDefinition(definition, status);
  check(status);
  TF_RegisterKernelBuilder(op.name, TF_NewKernelBuilder(op.name, "CPU", op.create, op.compute, deleteKernel), status);
  check(status);
  TF_DeleteStatus(status);
}

const bool registered = [] {
  registerOp({"LookbackLstm",
              {"x: float", "h: float", "c: float", "w: float", "b: float"},
              {"joined: float", "gates: float", "cells: float", "outputs: float"},
              {"threads: int"},
              createKernel<false>,
              computeForward});
  registerOp({"LookbackLstmGradient",
              {"joined: float", "gates: float", "cells: float", "c: float", "w: float", "dh: float"},
              {"dw: float", "db: float", "dx: float"},
              {"threads: int", "input_gradient: bool"},
              createKernel<true>,
              computeBackward});
  return true;
}();

}  // namespace
}  // namespace lookback
